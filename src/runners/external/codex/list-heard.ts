import { type JsonRecord, toRecord } from "../json-record.ts";
import { toText } from "./codex-items.ts";

/** What a thread was told, by the turns that codex has kept of it; none where they were not asked for. */
export function listHeard(thread: JsonRecord): string[] {
  const items = listRecords(thread["turns"]).flatMap((turn) => listRecords(turn["items"]));
  const heard = items.filter(({ type }) => type === "userMessage");
  return heard.flatMap(({ content }) => listRecords(content).map(({ text }) => toText(text)));
}

function listRecords(value: unknown): JsonRecord[] {
  return Array.isArray(value) ? value.map(toRecord).filter((one) => one !== null) : [];
}
