import type { IncomingMessage } from "node:http";
import { ProfclawError } from "../core/errors.ts";
import { InvalidInput } from "../contract/invalid-input.ts";
import { checkJson } from "./check-json.ts";

const maxBodyBytes = 1_048_576;

/**
 * The JSON object in a request's body; nothing at all is an empty one. Refuses what is over 1 MB
 * (413, before it is read), not UTF-8 or JSON (400), too deep, dangerous or not an object (422).
 */
export async function readJsonObject(request: IncomingMessage): Promise<Record<string, unknown>> {
  const text = decodeText(await readBytes(request));
  if (text.trim() === "") return {};
  checkJson(text);
  const value: unknown = JSON.parse(text);
  if (isObject(value)) return value;
  const found = Array.isArray(value) ? "an array" : value === null ? "null" : `a ${typeof value}`;
  throw new InvalidInput({ detail: `The body must be a JSON object, not ${found}.`, pointer: "" });
}

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers["content-length"] ?? 0) > maxBodyBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  // Kept open on a refusal, or the connection would be cut before the client reads the answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    chunks.push(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes > maxBodyBytes) throw tooLarge();
  }
  return Buffer.concat(chunks);
}

function tooLarge(): ProfclawError {
  return new ProfclawError("body-too-large", `A body may have at most ${maxBodyBytes} bytes.`, {
    hint: "Send long material as files in cwd and name them in the task, or send several requests.",
  });
}

function decodeText(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new ProfclawError("invalid-request", "The body is not UTF-8.", {
      status: 400,
      pointer: "",
      hint: "Save it as UTF-8 and send it again.",
    });
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
