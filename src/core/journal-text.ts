import { toDurationText } from "./duration.ts";
import type { JsonValue } from "./json.ts";
import { toUsdString } from "./money.ts";
import { toOneLine, toPlainText } from "./plain-text.ts";
import { toSessionsText, toWaitText } from "./wait-text.ts";

type Data = Readonly<Record<string, unknown>>;

const longestInput = 200;
const longestOutput = 20;

/** An entry of a journal as it goes over the wire. */
interface EntryText {
  seq: number;
  /** RFC 3339. */
  at: string;
  type: string;
  data: JsonValue;
}

/** One journal entry as lines: the time, what happened, and what was said. */
export function renderEntry(entry: EntryText): string[] {
  const data = toData(entry.data);
  const [first = "", ...rest] = renderers[entry.type]?.(data) ?? [toFactText(entry.type, data)];
  return [`${toClockText(entry.at)}  ${first}`, ...rest.map((line) => `          ${line}`)];
}

const renderers: Readonly<Record<string, (data: Data) => string[]>> = {
  "session-create": () => ["accepted"],
  "session-start": () => ["started"],
  "folder-setup": (data) => toSetupLines(toData(data["step"])),
  "agent-launch": (data) => [
    `${toOneLine(toText(data["agent"]))} launched${toWire(data["wire"])}${toAllowed(data["allowedMicroUsd"])}`,
  ],
  "agent-thread": (data) => [`its conversation ${toOneLine(toText(data["thread"]))}`],
  "turn-start": (data) => [`turn ${toText(data["turn"])}`],
  "turn-end": (data) => [toTurnFact(data), ...toPartLines(data["content"])],
  "turn-fail": (data) => [`turn ${toText(data["turn"])} failed: ${toFaultText(data["error"])}`],
  "approval-ask": (data) => [
    `asks leave ${toText(data["number"])} for ${toText(data["tool"])}: ${toOneLine(toText(data["reason"]))}`,
  ],
  "approval-answer": (data) => [
    `answer to ${toText(data["number"])}: ${toText(data["verdict"])} by ${toOneLine(toText(data["by"]))}`,
  ],
  "approval-withdraw": (data) => [`ask ${toText(data["number"])} withdrawn`],
  "tool-intent": (data) => [`${toText(data["tool"])} begins`],
  "tool-pending": (data) => [toPendingText(data["sessionIds"])],
  "tool-result": (data) => [
    `${toText(data["tool"])} ${data["isError"] === true ? "failed" : "answered"}`,
    ...cutLines(toText(data["text"])),
  ],
  "message-deliver": (data) => [
    data["from"] === "user" ? "message" : "mail",
    ...cutLines(toText(data["text"])),
  ],
  "wait-start": (data) => [toWaitText(toData(data["wait"]))],
  "wait-end": () => ["goes on"],
  "context-compact": (data) => [
    `context compacted: ${toTokensText(data["tokensBefore"])} → ${toTokensText(data["tokensAfter"])} tokens`,
  ],
  "session-resume": (data) => ["resumed", ...cutLines(toText(data["text"]))],
  "session-fork": (data) => [`forked from ${toText(data["from"])} at turn ${toText(data["turn"])}`],
  "session-end": (data) => toEndLines(toData(data["end"])),
};

function toWire(wire: unknown): string {
  return typeof wire === "string" ? ` by ${toOneLine(wire)}` : "";
}

function toAllowed(microUsd: unknown): string {
  return typeof microUsd === "number" ? `; $${toUsdString(microUsd)} is set aside for it` : "";
}

function toSetupLines(step: Data): string[] {
  const file = toOneLine(toText(step["file"]));
  if (step["kind"] === "skip") return [`setup of ${file} left out: ${toOneLine(toText(step["why"]))}`];
  if (step["kind"] === "begin") return [`setup of ${file} begins`, ...cutLines(toText(step["script"]))];
  const tookMs = step["durationMs"];
  const time = typeof tookMs === "number" ? ` after ${toDurationText(tookMs)}` : "";
  const code = typeof step["exitCode"] === "number" ? `, exit code ${step["exitCode"]}` : "";
  const outcome = toText(step["outcome"]).replaceAll("-", " ");
  return [`setup ${outcome}${time}${code}`, ...lastLines(toText(step["output"]))];
}

/** Of what a script printed the end says most. */
function lastLines(text: string): string[] {
  const plain = toPlainText(text).trimEnd();
  const lines = plain === "" ? [] : plain.split("\n");
  if (lines.length <= longestOutput) return lines;
  return [`… ${lines.length - longestOutput} lines before`, ...lines.slice(-longestOutput)];
}

/** 182k, 900. */
function toTokensText(tokens: unknown): string {
  if (typeof tokens !== "number") return "?";
  return tokens < 1_000 ? String(tokens) : `${Math.round(tokens / 1_000)}k`;
}

/** The wait that follows says for what, where it is not for sessions that the call has spawned. */
function toPendingText(ids: unknown): string {
  const isForSessions = Array.isArray(ids) && ids.length > 0;
  return isForSessions ? `the call stays open for ${toSessionsText(ids)}` : "the call stays open";
}

function toTurnFact(data: Data): string {
  const tookMs = data["durationMs"];
  const time = typeof tookMs === "number" ? ` after ${toDurationText(tookMs)}` : "";
  return `turn ${toText(data["turn"])} ended (${toText(data["finish"])})${time}`;
}

/** What the model said and called. */
function toPartLines(content: unknown): string[] {
  const parts: unknown[] = Array.isArray(content) ? content : [];
  return parts.map(toData).flatMap((part) => {
    if (part["type"] === "text") return toPlainText(toText(part["text"])).trimEnd().split("\n");
    if (part["type"] !== "tool-call") return [];
    const tool = toText(part["toolName"]);
    return [`→ ${tool} ${cut(toOneLine(JSON.stringify(part["input"] ?? {})), longestInput)}`];
  });
}

function toEndLines(end: Data): string[] {
  const status = toText(end["status"]).replaceAll("_", " ");
  const reason = toText(end["reason"]);
  const fault = end["error"] === undefined || end["error"] === null ? [] : [toFaultText(end["error"])];
  return [`${status}${reason === "" ? "" : ` (${reason})`}`, ...fault];
}

function cutLines(text: string): string[] {
  const plain = toPlainText(text).trimEnd();
  const lines = plain === "" ? [] : plain.split("\n");
  if (lines.length <= longestOutput) return lines;
  return [...lines.slice(0, longestOutput), `… ${lines.length - longestOutput} more lines`];
}

function toFactText(type: string, data: Data): string {
  return toOneLine(`${type} ${cut(toOneLine(JSON.stringify(data)), longestInput)}`);
}

function toFaultText(fault: unknown): string {
  const { code, detail } = toData(fault);
  return toOneLine(`${toText(code)}: ${toText(detail)}`);
}

function toData(value: unknown): Data {
  return typeof value === "object" && value !== null ? (value as Data) : {};
}

function toText(value: unknown): string {
  if (typeof value === "string") return value;
  return typeof value === "number" ? String(value) : "";
}

/** The local time of day: 09:41:07. */
function toClockText(at: string): string {
  const date = new Date(at);
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => String(part).padStart(2, "0"))
    .join(":");
}

function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  // Never through the middle of a character of two units.
  return `${text.slice(0, length - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}
