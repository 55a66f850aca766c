import type { Env } from "../../config/environment.ts";
import { isSessionToken } from "../../core/session-token.ts";
import type { CliContext } from "../context.ts";
import type { ViewerWish } from "../viewer/find-viewer.ts";
import type { Forward } from "./forward.ts";
import { type Message, isRecord } from "./message.ts";

/** Spawns that come together share windows. */
const gatherMs = 200;
/** A client that spawns without end must not cover the screen. */
const mostAMinute = 12;

const spawning = new Set(["spawn", "sessions_spawn"]);

/** Opens windows for sessions and says in a line what came of it. */
export type OpenWindows = (ids: readonly string[]) => Promise<string>;

/**
 * The same way to the daemon, by which a spawn that is to be seen (`visible`, which is the default) also opens a window
 * here: this process has the client's terminal and display, the daemon has not. The answer then says so; where no window
 * can be opened it goes on as it came, with the command that looks on.
 */
export function withWindows(forward: Forward, open: OpenWindows): Forward {
  const gather = createGathering(open);
  return async (message, options) => {
    if (!wantsWindow(message)) return forward(message, options);
    const late: Promise<void>[] = [];
    await forward(message, {
      ...options,
      onMessage(text) {
        const ids = findSpawned(message, text);
        if (ids.length === 0) return options.onMessage(text);
        late.push(gather(ids).then((said) => options.onMessage(withNote(text, said))));
      },
    });
    await Promise.all(late);
  };
}

/** What opens windows for this client; null where there are none: it is a session's own, or nobody wants them. */
export function toOpener(
  { env, paths }: Pick<CliContext, "env" | "paths">,
  wish: ViewerWish,
): OpenWindows | null {
  if (wish === "none" || isSessionToken(env["PROFCLAW_TOKEN"] ?? "") || !mayHaveWindows(env)) return null;
  return async (ids) => {
    // Only once a window is wanted: the bridge stays small.
    const { openViewers } = await import("../viewer/open-viewers.ts");
    return openViewers({ wish, ids, env, home: paths.home });
  };
}

function mayHaveWindows(env: Env): boolean {
  const signs = ["TMUX", "DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"];
  return process.platform === "darwin" || signs.some((name) => (env[name] ?? "") !== "");
}

function wantsWindow({ method, params, id }: Message): boolean {
  if (method !== "tools/call" || id === undefined || !spawning.has(String(params?.["name"]))) return false;
  const input = params?.["arguments"];
  return !isRecord(input) || input["visible"] !== false;
}

/** The ids of an answer to a spawn; none where it was refused. */
function findSpawned({ id }: Message, text: string): string[] {
  const structured = findStructured(text, id);
  if (structured === undefined) return [];
  const handles = Array.isArray(structured["panel"]) ? structured["panel"] : [structured];
  return handles.flatMap((handle: unknown) => {
    const taskId = isRecord(handle) ? handle["task_id"] : undefined;
    return typeof taskId === "string" ? [taskId] : [];
  });
}

function findStructured(text: string, id: Message["id"]): Record<string, unknown> | undefined {
  const answer: unknown = JSON.parse(text);
  if (!isRecord(answer) || answer["id"] !== id || !isRecord(answer["result"])) return undefined;
  const structured = answer["result"]["structuredContent"];
  return isRecord(structured) ? structured : undefined;
}

/** In both forms of the answer, which say the same. */
function withNote(text: string, note: string): string {
  const answer = JSON.parse(text) as { result: { structuredContent: Record<string, unknown> } };
  const { structuredContent } = answer.result;
  const structured = { ...structuredContent, result: `${String(structuredContent["result"])} ${note}` };
  const content = [{ type: "text", text: JSON.stringify(structured) }];
  return JSON.stringify({ ...answer, result: { ...answer.result, content, structuredContent: structured } });
}

/** Opens once for all that come within a moment of each other. */
function createGathering(open: OpenWindows): OpenWindows {
  let waiting: { ids: string[]; said: Promise<string> } | undefined;
  let opened: number[] = [];
  const openSome = async (ids: readonly string[]): Promise<string> => {
    const now = performance.now();
    opened = opened.filter((at) => now - at < 60_000);
    if (opened.length >= mostAMinute) return "No window was opened: there have been many within a minute.";
    opened.push(now);
    return open(ids);
  };
  return (ids) => {
    if (waiting !== undefined) {
      waiting.ids.push(...ids);
      return waiting.said;
    }
    const group = { ids: [...ids], said: Promise.resolve("") };
    group.said = new Promise<void>((resolve) => setTimeout(resolve, gatherMs)).then(() => {
      waiting = undefined;
      return openSome(group.ids);
    });
    waiting = group;
    return group.said;
  };
}
