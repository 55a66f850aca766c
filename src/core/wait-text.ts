import { toShortId } from "./id.ts";
import { toOneLine } from "./plain-text.ts";

type Data = Readonly<Record<string, unknown>>;

const mostIds = 5;

/** What a session waits for, from the `wait` of a journal's entry as it goes over the wire: one line. */
export function toWaitText(wait: Data): string {
  if (wait["on"] === "approval") return "waits for a yes";
  if (wait["on"] === "child") return `waits for ${toSessionsText(wait["sessionIds"])}`;
  if (wait["on"] === "message") return toMailWaitText(wait["call"]);
  if (wait["relaunch"] !== undefined) return `waits a moment: ${toLine(wait["detail"])}`;
  if (wait["on"] === "cool-down") return `waits for its provider: ${toLine(wait["detail"])}`;
  if (wait["on"] === "credential") return `waits for a key for ${toLine(wait["provider"])}`;
  return `waits: ${toOneLine(JSON.stringify(wait))}`;
}

/** "3 sessions (8a43746f, a308627b, 9e2ad535)", from their ids. */
export function toSessionsText(ids: unknown): string {
  const short = Array.isArray(ids) ? ids.map((id) => toShortId(toLine(id))) : [];
  const shown = [...short.slice(0, mostIds), ...(short.length > mostIds ? ["…"] : [])].join(", ");
  return `${short.length} ${short.length === 1 ? "session" : "sessions"} (${shown})`;
}

function toMailWaitText(call: unknown): string {
  if (typeof call !== "object" || call === null) return "waits for mail";
  const { livingIds, questionIds, anyMail } = call as Data;
  const wanted = [
    ...(hasSome(livingIds) ? [toSessionsText(livingIds)] : []),
    ...(hasSome(questionIds) ? ["an answer"] : []),
    ...(anyMail === true ? ["mail"] : []),
  ];
  return `waits for ${wanted.join(" or ")}`;
}

function hasSome(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

function toLine(value: unknown): string {
  return typeof value === "string" ? toOneLine(value) : "";
}
