import type { DaemonView } from "../../contract/daemon-operations.ts";
import { toDurationText } from "../../core/duration.ts";
import { defineCommand } from "../command.ts";
import { linkRunning } from "../daemon-link.ts";
import { toJsonText, toPlainText } from "../plain-text.ts";

export const status = defineCommand({
  name: "status",
  summary: "The daemon: version, address, load. Exit code 4 if none runs.",
  examples: ["profclaw status", "profclaw status --json"],
  async run({ options }, context) {
    const client = await linkRunning(context);
    try {
      const daemon = await client.getDaemon({});
      const text = () => renderDaemon(daemon, context.clock.now()).join("\n");
      context.terminal.print(options.json === true ? toJsonText(daemon) : text());
      return 0;
    } finally {
      client.close();
    }
  },
});

/** The daemon's facts, a line each. */
export function renderDaemon(daemon: DaemonView, nowMs: number): string[] {
  const { pool, event_loop_delay_ms: delay } = daemon;
  const upMs = Math.max(0, nowMs - Date.parse(daemon.started_at));
  return [
    `daemon    ${daemon.version}, pid ${daemon.pid}, up ${toDurationText(upMs)}, ${Math.round(daemon.rss_mb)} MB`,
    `address   ${daemon.urls.length === 0 ? "the socket only" : daemon.urls.join("  ")}`,
    `state     ${daemon.home}`,
    `pool      ${pool.mode}: at most ${pool.max_concurrent} at once, each may run ${toDurationText(pool.timeout_ms)}`,
    `sessions  ${pool.running} running, ${pool.queued} queued, ${pool.waiting} waiting`,
    ...(pool.hold_up === null ? [] : [`          the queue waits: ${pool.hold_up}`]),
    `loop      at most ${delay.p99} ms late (p99 of ten seconds, worst of the last minute)`,
    ...daemon.notices.map((notice) => `notice    ${toPlainText(notice)}`),
  ];
}
