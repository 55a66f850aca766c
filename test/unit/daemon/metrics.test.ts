import { expect, test } from "vitest";
import { createHistogram } from "../../../src/daemon/metrics/metric-family.ts";
import { createModelNames } from "../../../src/daemon/metrics/model-labels.ts";
import { renderMetrics } from "../../../src/daemon/metrics/render-metrics.ts";

const asItIs = (text: string): string => text;

test("a model that never answered is no label, whatever it is called", () => {
  const names = createModelNames(asItIs);
  for (let n = 0; n < 10_000; n += 1) {
    expect(names.find("anthropic", `made-up-${n}`)).toEqual({ provider: "anthropic", model: "other" });
  }
  expect(names.learn("anthropic", "claude-sonnet-4-6").model).toBe("claude-sonnet-4-6");
});

test("beyond a hundred models and forty providers all are other; those that were known stay", () => {
  const names = createModelNames(asItIs);
  const seen = new Set<string>();
  for (let n = 0; n < 5_000; n += 1) seen.add(JSON.stringify(names.learn(`provider-${n}`, `model-${n}`)));
  expect(seen.size).toBeLessThanOrEqual(101);
  expect(names.find("provider-7", "model-7")).toEqual({ provider: "provider-7", model: "model-7" });
  expect(names.learn("provider-4999", "model-4999")).toEqual({ provider: "other", model: "other" });
});

test("a label is one short line without secrets", () => {
  const names = createModelNames((text) => text.replaceAll("hush", "[redacted]"));
  const { model } = names.learn("p", `hush\n"quoted"\\ ${"x".repeat(5_000)}`);
  expect(model.startsWith('[redacted] "quoted"\\ xxx')).toBe(true);
  expect(model.length).toBe(100);
});

test("the text is what Prometheus reads: help, type, escaped labels, cumulated buckets", async () => {
  const seconds = createHistogram({ name: "took_seconds", help: "How long." }, [0.1, 1]);
  for (const value of [0.05, 0.1, 0.5, 7]) seconds.observe(value);
  const family = {
    name: "calls_total",
    help: "Calls.",
    type: "counter" as const,
    read: () => [{ labels: { model: 'a"b\\c\nd' }, value: 2.5 }],
  };
  expect(await renderMetrics([seconds, family])).toBe(
    [
      "# HELP took_seconds How long.",
      "# TYPE took_seconds histogram",
      'took_seconds_bucket{le="0.1"} 2',
      'took_seconds_bucket{le="1"} 3',
      'took_seconds_bucket{le="+Inf"} 4',
      "took_seconds_sum 7.65",
      "took_seconds_count 4",
      "",
      "# HELP calls_total Calls.",
      "# TYPE calls_total counter",
      'calls_total{model="a\\"b\\\\c\\nd"} 2.5',
      "",
    ].join("\n"),
  );
});
