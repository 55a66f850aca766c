import type { SessionView } from "../../contract/shapes.ts";

/** The label of sessions whose spawner wanted no log. The journal stays: without it no restart goes on. */
export const captureLabel = "capture_output";

/** False for what was spawned with `capture_output: false`. */
export function mayShowLog(session: Pick<SessionView, "labels">): boolean {
  return session.labels[captureLabel] !== "false";
}
