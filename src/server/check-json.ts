import { ProfclawError } from "../core/errors.ts";
import { toJsonPointer } from "../contract/json-pointer.ts";

const maxDepth = 64;

/** An object or array that is open where the scan stands. */
type Frame =
  | { kind: "object"; key: string | null; seen: Set<string>; close: "}" }
  | { kind: "array"; index: number; close: "]" };

interface Scan {
  readonly text: string;
  at: number;
  readonly open: Frame[];
}

/** What must come next. */
type Expected = "value" | "first-item" | "first-key" | "key" | "after-value" | "end";

/**
 * Reads JSON text once, without recursion, and refuses what JSON.parse lets pass or explains badly:
 * wrong syntax (400, with line and column), a key given twice (400), more than 64 levels, `__proto__`
 * and `constructor.prototype` (422, with a pointer). Returns if JSON.parse may have it.
 */
export function checkJson(text: string): void {
  const scan: Scan = { text, at: 0, open: [] };
  let expected: Expected = "value";
  while (expected !== "end") {
    skipSpace(scan);
    expected = steps[expected](scan);
  }
}

const steps: Record<Exclude<Expected, "end">, (scan: Scan) => Expected> = {
  value: readValue,
  "first-item": (scan) => (scan.text[scan.at] === "]" ? closeFrame(scan) : readValue(scan)),
  "first-key": (scan) => (scan.text[scan.at] === "}" ? closeFrame(scan) : readKey(scan)),
  key: readKey,
  "after-value": readAfterValue,
};

function readValue(scan: Scan): Expected {
  const start = scan.text[scan.at];
  if (start === "{") return openFrame(scan, { kind: "object", key: null, seen: new Set(), close: "}" });
  if (start === "[") return openFrame(scan, { kind: "array", index: 0, close: "]" });
  if (start === '"') readString(scan);
  else readWord(scan);
  return "after-value";
}

function readKey(scan: Scan): Expected {
  if (scan.text[scan.at] !== '"') throw unexpected(scan, "a key in double quotes");
  const keyAt = scan.at;
  const key = readString(scan);
  const frame = scan.open.at(-1);
  if (frame?.kind === "object") takeKey(scan, { frame, key, keyAt });
  skipSpace(scan);
  if (scan.text[scan.at] !== ":") throw unexpected(scan, '":" after the key');
  scan.at += 1;
  return "value";
}

function takeKey(scan: Scan, taken: { frame: Frame & { kind: "object" }; key: string; keyAt: number }): void {
  const { frame, key, keyAt } = taken;
  const parent = scan.open.at(-2);
  const isPrototype = key === "prototype" && parent?.kind === "object" && parent.key === "constructor";
  const isRepeated = frame.seen.has(key);
  frame.key = key;
  frame.seen.add(key);
  if (key === "__proto__" || isPrototype) {
    const name = isPrototype ? "constructor.prototype" : key;
    throw refused(scan, { detail: `The key ${JSON.stringify(name)} is never accepted.`, status: 422 });
  }
  if (!isRepeated) return;
  const detail = `The key ${JSON.stringify(shorten(key))} is given twice; the second is at ${toPlace(scan.text, keyAt)}.`;
  throw refused(scan, { detail, status: 400 });
}

function readAfterValue(scan: Scan): Expected {
  const frame = scan.open.at(-1);
  const found = scan.text[scan.at];
  if (frame === undefined) {
    if (found !== undefined) throw unexpected(scan, "the end");
    return "end";
  }
  if (found === frame.close) return closeFrame(scan);
  if (found !== ",") throw unexpected(scan, `"," or "${frame.close}"`);
  scan.at += 1;
  if (frame.kind === "array") frame.index += 1;
  else frame.key = null;
  return frame.kind === "array" ? "value" : "key";
}

function openFrame(scan: Scan, frame: Frame): Expected {
  scan.at += 1;
  if (scan.open.length === maxDepth) {
    throw refused(scan, { detail: `The body is nested deeper than ${maxDepth} levels.`, status: 422 });
  }
  scan.open.push(frame);
  return frame.kind === "object" ? "first-key" : "first-item";
}

function closeFrame(scan: Scan): Expected {
  scan.at += 1;
  scan.open.pop();
  return "after-value";
}

const wordPattern = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const spacePattern = /[ \t\n\r]*/y;
const escapePattern = /\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4})/y;

function readWord(scan: Scan): void {
  wordPattern.lastIndex = scan.at;
  if (!wordPattern.test(scan.text)) throw unexpected(scan, "a JSON value");
  scan.at = wordPattern.lastIndex;
}

function skipSpace(scan: Scan): void {
  spacePattern.lastIndex = scan.at;
  spacePattern.test(scan.text);
  scan.at = spacePattern.lastIndex;
}

/** Moves behind the closing quote and returns the decoded text. */
function readString(scan: Scan): string {
  const start = scan.at;
  scan.at += 1;
  while (scan.text[scan.at] !== '"') {
    const code = scan.text.charCodeAt(scan.at);
    // NaN is the end of the text, below 32 are control characters.
    if (!(code >= 32)) throw unexpected(scan, "a closing quote (control characters are written as escapes)");
    scan.at += code === 0x5c ? measureEscape(scan) : 1;
  }
  scan.at += 1;
  return String(JSON.parse(scan.text.slice(start, scan.at)));
}

function measureEscape(scan: Scan): number {
  escapePattern.lastIndex = scan.at;
  if (!escapePattern.test(scan.text)) throw unexpected(scan, "an escape that JSON knows");
  return escapePattern.lastIndex - scan.at;
}

function unexpected(scan: Scan, wanted: string): ProfclawError {
  const point = scan.text.codePointAt(scan.at);
  const found = point === undefined ? "the end" : JSON.stringify(String.fromCodePoint(point));
  const detail = `The body is not JSON: found ${found} where ${wanted} is expected, at ${toPlace(scan.text, scan.at)}.`;
  return refused(scan, { detail, status: 400 });
}

function refused(scan: Scan, fault: { detail: string; status: number }): ProfclawError {
  const path = scan.open.flatMap((frame) => toPathParts(frame));
  const isSyntax = fault.status === 400;
  return new ProfclawError("invalid-request", fault.detail, {
    status: fault.status,
    pointer: toJsonPointer(path),
    hint: isSyntax
      ? "Send one JSON object; a file goes whole by: curl --data-binary @body.json"
      : "Leave it out or give it once; the shape of every request: /docs.",
  });
}

function toPlace(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  return `line ${line}, column ${offset - before.lastIndexOf("\n")} (position ${offset})`;
}

/** Where a frame stands; nothing when its next key is not read yet. */
function toPathParts(frame: Frame): (string | number)[] {
  if (frame.kind === "array") return [frame.index];
  return frame.key === null ? [] : [shorten(frame.key)];
}

/** Keys are the client's; an answer need not repeat a megabyte of them. */
function shorten(key: string): string {
  return key.length > 100 ? `${key.slice(0, 100)}…` : key;
}
