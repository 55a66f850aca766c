export type Labels = Readonly<Record<string, string>>;

/** One line of an answer; `suffix` belongs to a histogram's name. */
export interface Sample {
  labels: Labels;
  value: number;
  suffix?: "_bucket" | "_sum" | "_count";
}

/** All samples of one name. Seconds, bytes and USD, as Prometheus wants its units. */
export interface MetricFamily {
  name: string;
  help: string;
  type: "counter" | "gauge" | "histogram";
  read(this: void): Sample[];
}

type Named = Pick<MetricFamily, "name" | "help">;

/** Counts from the daemon's start. */
export interface Counter extends MetricFamily {
  add(labels: Labels, amount?: number): void;
}

export function createCounter(named: Named): Counter {
  const samples = new Map<string, Sample>();
  return {
    ...named,
    type: "counter",
    add(labels, amount = 1) {
      const key = JSON.stringify(Object.values(labels));
      const sample = samples.get(key);
      if (sample === undefined) samples.set(key, { labels, value: amount });
      else sample.value += amount;
    },
    read: () => [...samples.values()],
  };
}

/** What stands somewhere else and is read when it is asked for. */
export function createGauge(named: Named, read: () => Sample[]): MetricFamily {
  return { ...named, type: "gauge", read };
}

export interface Histogram extends MetricFamily {
  observe(seconds: number): void;
}

/** Counts by upper bounds, which rise. */
export function createHistogram(named: Named, bounds: readonly number[]): Histogram {
  const counts = bounds.map(() => 0);
  let [sum, count] = [0, 0];
  return {
    ...named,
    type: "histogram",
    observe(seconds) {
      const at = bounds.findIndex((bound) => seconds <= bound);
      if (at !== -1) counts[at] = (counts[at] ?? 0) + 1;
      sum += seconds;
      count += 1;
    },
    read() {
      let below = 0;
      const buckets = bounds.map((bound, index): Sample => {
        below += counts[index] ?? 0;
        return { labels: { le: String(bound) }, value: below, suffix: "_bucket" };
      });
      return [
        ...buckets,
        { labels: { le: "+Inf" }, value: count, suffix: "_bucket" },
        { labels: {}, value: sum, suffix: "_sum" },
        { labels: {}, value: count, suffix: "_count" },
      ];
    },
  };
}
