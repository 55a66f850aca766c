import { type JsonRecord, toRecord, toRecords } from "../json-record.ts";

// What a tool answered is in the agent's own transcript whole; ours keeps what a person reads.
const longestResult = 64 * 1024;

/** The text of one block of content; what is no text is named. */
export function toBlockText(block: unknown): string {
  const { type, text, uri } = toRecord(block) ?? {};
  if (type === "text") return typeof text === "string" ? text : "";
  return typeof uri === "string" ? uri : `[${toText(type)}]`;
}

/** What a tool call brought: its content, else its raw output. */
export function toOutcomeText({ content, rawOutput }: JsonRecord): string {
  const blocks = toRecords(content).map(toPieceText);
  const text = blocks.length > 0 ? blocks.join("\n") : toRawText(rawOutput);
  if (text.length <= longestResult) return text;
  return `${text.slice(0, longestResult)}\n[${text.length - longestResult} characters more]`;
}

function toPieceText(piece: JsonRecord): string {
  if (piece["type"] === "diff") return `[change of ${String(piece["path"])}]`;
  if (piece["type"] === "content") return toBlockText(piece["content"]);
  return `[${String(piece["type"])}]`;
}

function toRawText(raw: unknown): string {
  if (raw === undefined || raw === null) return "";
  if (typeof raw === "string") return raw;
  const output = toRecord(raw)?.["output"];
  return typeof output === "string" ? output : JSON.stringify(raw);
}

export function toText(value: unknown): string {
  return typeof value === "string" ? value : "";
}
