import type { Client } from "../client/create-client.ts";
import type { SessionView } from "../contract/shapes.ts";
import { toShortId } from "../core/id.ts";
import { toOneLine, toPlainText } from "./plain-text.ts";
import { toStatusText } from "./outcome.ts";
import { paintStatus } from "./status-paint.ts";
import type { Colors } from "./terminal.ts";
import { cutText } from "./text-width.ts";

const headerTaskWidth = 80;

/** Long texts are cut in lists; here they are read whole. */
export async function withWholeResults(
  client: Client,
  sessions: readonly SessionView[],
): Promise<SessionView[]> {
  return Promise.all(
    sessions.map(async (session) => {
      if (session.result === null || session.result.artifacts.length === 0) return session;
      const { result } = await client.getSessionResult({ id: session.id });
      return { ...session, result };
    }),
  );
}

/** A header line (short id, status, task), then what the session said or why it has nothing to say. */
export function renderResult(session: SessionView, colors: Colors): string {
  const status = paintStatus(colors, toStatusText(session.status), session.status);
  const task = cutText(toOneLine(session.name ?? session.task), headerTaskWidth);
  return `== ${toShortId(session.id)}  ${status}  ${task}\n${renderResultBody(session)}`;
}

/** The text alone; a failure is told before what there is of it. */
export function renderResultBody(session: Pick<SessionView, "error" | "result" | "status">): string {
  const lines: string[] = [];
  if (session.error !== null) {
    lines.push(toPlainText(`${session.error.code}: ${session.error.detail}`));
  }
  const text = toPlainText(session.result?.text ?? "").trimEnd();
  if (text !== "" && session.result?.truncated === true) lines.push("(partial)");
  if (text !== "") lines.push(text);
  return lines.length === 0 ? "(no text)" : lines.join("\n");
}
