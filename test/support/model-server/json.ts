import type { Json, JsonRecord } from "./reply.ts";

export function toRecord(value: Json | undefined): JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

export function isRecord(value: Json | undefined): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function toList(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

export function toRecords(value: Json | undefined): JsonRecord[] {
  return toList(value).map((item) => toRecord(item));
}

export function toText(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

/** The text of a content field: a string, or the text parts of a list. */
export function toContentText(content: Json | undefined): string {
  if (typeof content === "string") return content;
  return toRecords(content)
    .filter((part) => typeof part["text"] === "string" && part["type"] !== "thinking")
    .map((part) => toText(part["text"]))
    .join("\n");
}
