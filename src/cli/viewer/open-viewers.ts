import { spawn } from "node:child_process";
import type { Env } from "../../config/environment.ts";
import { toShortId } from "../../core/id.ts";
import { findOnPath } from "../doctor/look-up.ts";
import { lookingOnFlags } from "../small-heap.ts";
import { type Viewer, type ViewerWish, findViewer } from "./find-viewer.ts";

/** Who wants to look on. `ids` are of sessions, or of a flow. */
export interface ViewerRequest {
  wish: ViewerWish;
  ids: readonly string[];
  env: Env;
  /** PROFCLAW_HOME: a terminal's server has an environment of its own. */
  home: string;
}

/** From here on they share one window. */
const sharedFrom = 3;
/** A program that cannot open a window says so quickly. */
const patienceMs = 600;

/**
 * Opens windows that look on, and says in a line what it did; where none can be opened, the command that does the
 * same. Never rejects: a session does not fail for want of a window.
 */
export async function openViewers({ wish, ids, env, home }: ViewerRequest): Promise<string> {
  const shorts = ids.map(toShortId);
  const byHand = `profclaw agent attach ${shorts.join(" ")}`;
  const isOnPath = (program: string): boolean => findOnPath(program, env) !== undefined;
  const viewer = findViewer(wish, { env, platform: process.platform, isOnPath });
  if (viewer.kind === "none") return `No window was opened: ${viewer.why}. Look on: ${byHand}`;
  const windows = ids.length >= sharedFrom ? [ids] : ids.map((id) => [id]);
  const opened = await Promise.all(windows.map((members) => openWindow(viewer, members, { env, home })));
  if (!opened.every(Boolean)) return `${viewer.name} could not be opened. Look on: ${byHand}`;
  return `Look on in ${viewer.name}; closing it stops nothing.`;
}

function openWindow(
  viewer: Extract<Viewer, { kind: "opener" }>,
  ids: readonly string[],
  { env, home }: Pick<ViewerRequest, "env" | "home">,
): Promise<boolean> {
  const program = [process.execPath, ...lookingOnFlags, process.argv[1] ?? "", "agent", "attach", ...ids];
  const title = `profclaw-${ids.map(toShortId).join("+").slice(0, 40)}`;
  const argv = viewer.toArgv(title, ["env", `PROFCLAW_HOME=${home}`, "PROFCLAW_NO_AUTOSTART=1", ...program]);
  const [name, ...args] = argv;
  return new Promise((resolve) => {
    const child = spawn(name, args, { detached: true, stdio: "ignore", env });
    const timer = setTimeout(() => resolve(true), patienceMs);
    const settle = (isOpen: boolean): void => {
      clearTimeout(timer);
      resolve(isOpen);
    };
    child.once("error", () => settle(false));
    child.once("exit", (code) => settle(code === 0));
    child.unref();
  });
}
