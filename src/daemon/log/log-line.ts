import { toOneLine, toPlainText } from "../../core/plain-text.ts";

const known = new Set(["level", "time", "pid", "msg", "session_id", "batch_id"]);
const shortIdLength = 8;

/** A line of the log's JSON as people read it: "time level session text name=value"; what is no such line as it is. */
export function toReadableLine(json: string): string {
  const fields = parseFields(json);
  if (fields === null) return toPlainText(json);
  const { time, level, msg, session_id: session, batch_id: batch } = fields;
  const whose = [
    ...(typeof session === "string" ? [`session ${session.slice(0, shortIdLength)}:`] : []),
    ...(typeof batch === "string" && session === undefined
      ? [`batch ${batch.slice(0, shortIdLength)}:`]
      : []),
  ];
  const rest = Object.entries(fields)
    .filter(([name, value]) => !known.has(name) && value !== null)
    .map(([name, value]) => toOneLine(`${name}=${toText(value)}`));
  const text = toPlainText(toText(msg));
  return [toText(time), toText(level).padEnd(5), ...whose, text, ...rest].join(" ");
}

function toText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? null);
}

function parseFields(json: string): Record<string, unknown> | null {
  if (!json.startsWith('{"level":')) return null;
  try {
    return JSON.parse(json) as Record<string, unknown>;
  } catch {
    return null;
  }
}
