import type { DaemonView } from "../contract/daemon-operations.ts";
import type { PoolView } from "../contract/shapes.ts";
import { type PoolMode, poolModes } from "../config/pool-settings.ts";
import type { OperationParts } from "./parts.ts";
import { toTimeText } from "./views.ts";

export function getPool(parts: OperationParts): PoolView {
  const { mode, maxConcurrent, timeoutMs } = parts.pool.get();
  const { running, queued, waiting, holdUp } = parts.engine.poolState();
  return {
    mode,
    max_concurrent: maxConcurrent,
    timeout_ms: timeoutMs,
    running,
    queued,
    waiting,
    hold_up: holdUp,
  };
}

export function putPool(
  parts: OperationParts,
  input: {
    mode?: PoolMode | undefined;
    max_concurrent?: number | undefined;
    timeout_ms?: number | undefined;
  },
): PoolView {
  const current = parts.pool.get();
  const mode = input.mode ?? current.mode;
  const modeSize = input.mode === undefined ? current.maxConcurrent : poolModes[mode];
  parts.pool.set({
    mode,
    maxConcurrent: input.max_concurrent ?? modeSize,
    timeoutMs: input.timeout_ms ?? current.timeoutMs,
  });
  return getPool(parts);
}

export function getDaemon(parts: OperationParts): DaemonView {
  const { daemon } = parts;
  const fault = parts.config.fault();
  return {
    version: daemon.version,
    pid: daemon.pid,
    started_at: toTimeText(daemon.startedAt),
    port: daemon.port(),
    urls: daemon.urls(),
    home: daemon.home,
    rss_mb: Math.round(daemon.rssBytes() / 1e5) / 10,
    event_loop_delay_ms: daemon.loopDelay(),
    notices: [...daemon.notices(), ...(fault === null ? [] : [fault])],
    pool: getPool(parts),
  };
}
