import { STATUS_CODES } from "node:http";
import { APICallError } from "@ai-sdk/provider";

const longest = 1_000;

/** What an error says of itself; of an answer whose words its SDK did not find, those. */
export function toErrorMessage(error: unknown): string {
  if (typeof error === "string") return error;
  const message = typeof error === "object" && error !== null && "message" in error ? error.message : null;
  const own = typeof message === "string" ? message : "";
  if (APICallError.isInstance(error) && (own === "" || own === STATUS_CODES[error.statusCode ?? 0])) {
    const words = findWords(error.responseBody ?? "");
    if (words !== "") return words;
  }
  return own === "" ? "The provider gave no reason." : own;
}

/** The reason in a body that has not OpenAI's shape, as proxies and some providers send it. */
function findWords(body: string): string {
  const text = body.trim().slice(0, longest * 8);
  try {
    return findSentence(JSON.parse(text), 0).slice(0, longest);
  } catch {
    const plain = text.replaceAll(/<(style|script)[^]*?<\/\1>/gi, " ").replaceAll(/<[^>]*>/g, " ");
    return plain.replaceAll(/\s+/g, " ").trim().slice(0, longest);
  }
}

const names = ["message", "error", "detail", "details", "msg", "errors", "reason"];
const deepest = 4;

function findSentence(value: unknown, depth: number): string {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null || depth > deepest) return "";
  if (Array.isArray(value)) return findSentence(value[0], depth + 1);
  const fields: Record<string, unknown> = { ...value };
  for (const name of names) {
    const found = findSentence(fields[name], depth + 1);
    if (found !== "") return found;
  }
  return "";
}
