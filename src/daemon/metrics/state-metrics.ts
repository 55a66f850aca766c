import type { Engine } from "../../engine/engine.ts";
import type { OperationParts } from "../../operations/parts.ts";
import type { LaneStanding } from "../../providers/governor/lane.ts";
import { type MetricFamily, type Sample, createGauge } from "./metric-family.ts";
import type { ModelNames } from "./model-labels.ts";

/** Where the present state of a daemon is read. */
export interface StateSources {
  engine: Pick<Engine, "poolState" | "waits">;
  poolSize(): number;
  lanes(): LaneStanding[];
  daemon: Pick<OperationParts["daemon"], "version" | "startedAt" | "loopDelay">;
  /** The clock of the lanes. */
  elapsedMs(): number;
}

/** Gauges of what is now; read when somebody asks, and costing nothing until then. */
export function createStateMetrics(sources: StateSources, names: ModelNames): MetricFamily[] {
  const { engine, daemon } = sources;
  const { version, startedAt } = daemon;
  return [
    gauge("info", "The version that runs.", () => [{ labels: { version }, value: 1 }]),
    gauge("start_time_seconds", "When it started, since the epoch.", () => one(startedAt / 1000)),
    gauge("pool_size", "How many sessions may run at once.", () => one(sources.poolSize())),
    gauge("sessions", "Sessions that have not ended, by status.", () => {
      const { queued, running, waiting } = engine.poolState();
      return toSamples("status", { queued, running, waiting });
    }),
    gauge("sessions_waiting", "Waiting sessions, by what they wait for.", () => countWaits(engine)),
    gauge("approvals_open", "Calls that wait for a yes.", () =>
      one(sum(engine.waits().map((wait) => (wait.on === "approval" ? wait.asks.length : 0)))),
    ),
    gauge(
      "event_loop_delay_seconds",
      "How late timers came: the worst ten seconds of the last minute.",
      () => {
        const { p50, p99, max } = daemon.loopDelay();
        return toSamples("quantile", { "0.5": p50 / 1000, "0.99": p99 / 1000, "1": max / 1000 });
      },
    ),
    ...toLaneMetrics(sources, names),
    ...toProcessMetrics(),
  ];
}

function gauge(name: string, help: string, read: () => Sample[]): MetricFamily {
  return createGauge({ name: `profclaw_${name}`, help }, read);
}

function countWaits(engine: StateSources["engine"]): Sample[] {
  const counts = { child: 0, message: 0, approval: 0, "cool-down": 0, credential: 0 };
  for (const { on } of engine.waits()) counts[on] += 1;
  return toSamples("on", counts);
}

/** Keys of one provider, and models without a name of their own, are one lane here. */
function toLaneMetrics(sources: StateSources, names: ModelNames): MetricFamily[] {
  const laneGauge = (
    name: string,
    help: string,
    measure: { of: (lane: LaneStanding) => number; join: (a: number, b: number) => number },
  ): MetricFamily =>
    createGauge({ name: `profclaw_lane_${name}`, help: `${help}, by provider and model.` }, () => {
      const samples = new Map<string, Sample>();
      for (const lane of sources.lanes()) {
        const labels = names.find(lane.provider, lane.model);
        const key = JSON.stringify(Object.values(labels));
        const before = samples.get(key)?.value ?? 0;
        samples.set(key, { labels, value: measure.join(before, measure.of(lane)) });
      }
      return [...samples.values()];
    });
  const coolSeconds = ({ coolUntilMs }: LaneStanding): number =>
    coolUntilMs === null ? 0 : Math.max(0, coolUntilMs - sources.elapsedMs()) / 1000;
  return [
    laneGauge("limit", "Model calls that may be in flight at once", { of: ({ limit }) => limit, join: plus }),
    laneGauge("in_flight", "Model calls in flight", { of: ({ inFlight }) => inFlight, join: plus }),
    laneGauge("waiting", "Sessions in line for a call", { of: ({ waiting }) => waiting, join: plus }),
    laneGauge("cool_down_seconds", "What is left of the longest cool-down", {
      of: coolSeconds,
      join: Math.max,
    }),
    laneGauge("breaker_open", "1 while one call at a time tries whether the provider is back", {
      of: ({ isOpen }) => Number(isOpen),
      join: Math.max,
    }),
  ];
}

function toProcessMetrics(): MetricFamily[] {
  return [
    createGauge({ name: "process_resident_memory_bytes", help: "Memory that is resident." }, () =>
      one(process.memoryUsage.rss()),
    ),
    createGauge({ name: "nodejs_heap_size_used_bytes", help: "Heap in use." }, () =>
      one(process.memoryUsage().heapUsed),
    ),
    {
      name: "process_cpu_seconds_total",
      help: "CPU time used.",
      type: "counter",
      read: () => one(readCpuSeconds()),
    },
  ];
}

function one(value: number): Sample[] {
  return [{ labels: {}, value }];
}

function toSamples(label: string, values: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(values).map(([name, value]) => ({ labels: { [label]: name }, value }));
}

function plus(a: number, b: number): number {
  return a + b;
}

function readCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function sum(values: readonly number[]): number {
  return values.reduce(plus, 0);
}
