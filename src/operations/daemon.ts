import type { DaemonView, GreetView } from "../contract/daemon-operations.ts";
import type { PoolView } from "../contract/shapes.ts";
import { type PoolMode, type PoolSettings, parsePoolSettings, poolModes } from "../config/pool-settings.ts";
import { parseCredentials } from "../config/shell.ts";
import { toDurationText } from "../core/duration.ts";
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

/** Takes a client's shell in: pool settings apply at once and are said; keys stay in memory. */
export function greetDaemon(parts: OperationParts, input: { env: Record<string, string> }): GreetView {
  const before = parts.pool.get();
  const after = parsePoolSettings(input.env, before);
  const changes = describeChanges(before, after);
  if (changes.length > 0) parts.pool.set(after);
  const path = input.env["PATH"];
  if (path !== undefined) parts.shellPath.set(path);
  const changed = parts.engineParts.credentials.merge(parseCredentials(input.env));
  if (changed.length > 0) parts.engine.credentialsChanged();
  return { version: parts.daemon.version, changes };
}

function describeChanges(before: PoolSettings, after: PoolSettings): string[] {
  const changes: string[] = [];
  if (before.mode !== after.mode) changes.push(`mode ${after.mode} (was ${before.mode})`);
  if (before.maxConcurrent !== after.maxConcurrent) {
    changes.push(`at most ${after.maxConcurrent} sessions at once (was ${before.maxConcurrent})`);
  }
  if (before.timeoutMs !== after.timeoutMs) {
    changes.push(
      `a session may run ${toDurationText(after.timeoutMs)} (was ${toDurationText(before.timeoutMs)})`,
    );
  }
  return changes;
}

export function getDaemon(parts: OperationParts): DaemonView {
  const { daemon } = parts;
  return {
    version: daemon.version,
    pid: daemon.pid,
    started_at: toTimeText(daemon.startedAt),
    port: daemon.port(),
    urls: daemon.urls(),
    home: daemon.home,
    rss_mb: Math.round(daemon.rssBytes() / 1e5) / 10,
    event_loop_delay_ms: daemon.loopDelay(),
    notices: daemon.notices(),
    pool: getPool(parts),
  };
}
