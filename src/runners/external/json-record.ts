export type JsonRecord = Readonly<Record<string, unknown>>;

/** A line that is one JSON object; null for anything else. */
export function parseRecord(line: string): JsonRecord | null {
  if (!line.trimStart().startsWith("{")) return null;
  try {
    return toRecord(JSON.parse(line));
  } catch {
    return null;
  }
}

/** An object of any keys; null for anything else. */
export function toRecord(value: unknown): JsonRecord | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonRecord) : null;
}

/** Those of a list that are objects; none of anything else. */
export function toRecords(value: unknown): JsonRecord[] {
  const items: unknown[] = Array.isArray(value) ? value : [];
  return items.map(toRecord).filter((record) => record !== null);
}
