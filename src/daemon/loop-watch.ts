import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Log } from "../core/log.ts";

/** How late the event loop was, ms: the worst ten seconds of the last minute. */
export interface LoopDelay {
  p50: number;
  p99: number;
  max: number;
}

export interface LoopWatch extends Disposable {
  read(): LoopDelay;
}

// The histogram counts the sampling interval itself: it is taken off again.
const resolutionMs = 20;
const spanMs = 10_000;
const spansKept = 6;
const slowMs = 100;
const leastPauseMs = 60_000;

/** Watches how late timers come, and says so when the p99 of ten seconds is above 100 ms, once a minute at most. */
export function watchLoop(log: Log): LoopWatch {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  const spans: LoopDelay[] = [];
  let saidAt = Number.NEGATIVE_INFINITY;
  const toDelayMs = (ns: number): number => Math.max(0, Math.round((ns / 1e6 - resolutionMs) * 10) / 10);
  const take = (): LoopDelay =>
    histogram.count === 0
      ? { p50: 0, p99: 0, max: 0 }
      : {
          p50: toDelayMs(histogram.percentile(50)),
          p99: toDelayMs(histogram.percentile(99)),
          max: toDelayMs(histogram.max),
        };
  const timer = setInterval(() => {
    const span = take();
    histogram.reset();
    spans.push(span);
    if (spans.length > spansKept) spans.shift();
    if (span.p99 <= slowMs || performance.now() - saidAt < leastPauseMs) return;
    saidAt = performance.now();
    log(`the event loop was late: p99 ${span.p99} ms, at most ${span.max} ms in ${spanMs / 1000} s`, {
      level: "warn",
    });
  }, spanMs);
  timer.unref();
  return {
    read: () => [...spans, take()].reduce(toWorse),
    [Symbol.dispose]() {
      clearInterval(timer);
      histogram.disable();
    },
  };
}

function toWorse(a: LoopDelay, b: LoopDelay): LoopDelay {
  return { p50: Math.max(a.p50, b.p50), p99: Math.max(a.p99, b.p99), max: Math.max(a.max, b.max) };
}
