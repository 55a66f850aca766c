import { type JsonRecord, toRecords } from "../json-record.ts";
import { toText } from "./codex-items.ts";

/** What a thread was told, by the turns that codex has kept of it; none where they were not asked for. */
export function listHeard(thread: JsonRecord): string[] {
  const items = toRecords(thread["turns"]).flatMap((turn) => toRecords(turn["items"]));
  const heard = items.filter(({ type }) => type === "userMessage");
  return heard.flatMap(({ content }) => toRecords(content).map(({ text }) => toText(text)));
}
