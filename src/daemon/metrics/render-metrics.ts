import { type Metric, Registry } from "prom-client";
import type { MetricFamily } from "./metric-family.ts";

/** The families in Prometheus' text format. This file is loaded by the first who asks: most daemons are never scraped. */
export function renderMetrics(families: readonly MetricFamily[]): Promise<string> {
  const registry = new Registry();
  for (const family of families) registry.registerMetric(toMetric(family));
  return registry.metrics();
}

/** The registry asks a metric for its values by `get` and for nothing else (prom-client 15, lib/registry.js). */
function toMetric({ name, help, type, read }: MetricFamily): Metric {
  const get = (): Promise<unknown> => {
    const values = read().map(({ labels, value, suffix = "" }) => ({
      labels,
      value,
      metricName: name + suffix,
    }));
    return Promise.resolve({ name, help, type, values });
  };
  return { name, help, get } as unknown as Metric;
}
