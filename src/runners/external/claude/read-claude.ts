import type { AgentCall } from "../../../core/agent-call.ts";
import { type AssistantPart, toPlainText } from "../../../core/content.ts";
import type { JournalEntry } from "../../../core/journal.ts";
import { type Usage, addUsage, noUsage } from "../../../core/usage.ts";
import type { AgentNews, OutputReader } from "../driver.ts";
import { type JsonRecord, parseRecord, toRecord } from "../json-record.ts";
import { isOwnRead } from "./claude-calls.ts";
import { readControlCancel, readControlRequest, readCutControl, toControlAnswer } from "./claude-controls.ts";
import type { Inherited } from "./claude-conversation.ts";
import { type TurnContent, createTurnContent } from "../turn-content.ts";
import { judgeClaude } from "./judge-claude.ts";
import { toUserLine } from "./user-line.ts";
import { readParts, readResults, readTotals, readUsage } from "./claude-shapes.ts";

/** Where the reading of a stream stands. */
interface Reading {
  isFree: (call: AgentCall) => boolean;
  /** A message comes in pieces, under one id: it is over when something else comes. */
  open: { id: string; content: TurnContent; usage: Usage } | null;
  /** Of the message that was the last turn. */
  closedId: string;
  /** Calls without a result yet, by id. */
  calls: Map<string, string>;
  isAsking: boolean;
  text: string;
  result: JsonRecord | null;
  noise: string;
  booked: { usage: Usage; microUsd: number };
  /** Of this run. */
  inTurns: Usage;
  saidCharacters: number;
}

/**
 * Claude Code's stream. Its totals count from the very first run of a conversation on, so what earlier runs
 * booked, and the turns of this one, are taken off: the last turn gets the rest.
 */
export function readClaude(
  journal: readonly JournalEntry[],
  session: { id: string; configDir: string; inherited: Inherited | null },
): OutputReader {
  const reading: Reading = {
    isFree: (call) => isOwnRead(call, session),
    open: null,
    closedId: "",
    calls: new Map(),
    isAsking: true,
    text: "",
    result: null,
    noise: "",
    booked: sumBooked(journal, session.inherited),
    inTurns: noUsage,
    saidCharacters: 0,
  };
  return {
    line(line) {
      const { text } = line;
      const record = parseRecord(text);
      if (record === null) {
        const cut = readCutControl(line);
        if (cut.length > 0) return cut;
        reading.noise = `${reading.noise}${text}\n`.slice(-2_000);
        return [];
      }
      return readRecord(reading, record);
    },
    answer: toControlAnswer,
    say: ({ id, text }) => [{ kind: "write", id, text: toUserLine(text) }],
    end(end, errors) {
      const news = closeTurn(reading, null);
      const { result, text, noise } = reading;
      return { news, outcome: judgeClaude({ end, result, text, said: `${noise}${errors}` }) };
    },
  };
}

/** The turns that a fork has from its source are in what it inherited. */
function sumBooked(journal: readonly JournalEntry[], inherited: Inherited | null): Reading["booked"] {
  const booked = { ...(inherited ?? { usage: noUsage, microUsd: 0 }) };
  const launched = journal.findIndex(({ event }) => event.type === "agent-launch");
  const own = inherited === null ? journal : journal.slice(launched === -1 ? journal.length : launched);
  for (const { event } of own) {
    if (event.type !== "turn-end") continue;
    booked.usage = addUsage(booked.usage, event.usage);
    booked.microUsd += event.costMicroUsd ?? 0;
  }
  return booked;
}

function readRecord(reading: Reading, record: JsonRecord): AgentNews[] {
  // Also those of its sub-agents: the session's rights are theirs.
  if (record["type"] === "control_request") return readControlRequest(record, reading.isFree);
  if (record["type"] === "control_cancel_request") return readControlCancel(record);
  // What a sub-agent of its own says is not this session's turn.
  if (typeof record["parent_tool_use_id"] === "string") return [];
  switch (record["type"]) {
    case "assistant":
      return readAssistant(reading, toRecord(record["message"]) ?? {});
    case "user":
      return readUser(reading, toRecord(record["message"]) ?? {});
    case "result":
      return readResult(reading, record);
    default:
      return [];
  }
}

function readAssistant(reading: Reading, message: JsonRecord): AgentNews[] {
  const id = typeof message["id"] === "string" ? message["id"] : "";
  const before = reading.open !== null && reading.open.id !== id ? closeTurn(reading, null) : [];
  const start: AgentNews[] = reading.isAsking ? [] : [{ kind: "turn-start" }];
  reading.isAsking = true;
  // It works again, on what else was said to it: its last word is still to come.
  reading.result = null;
  reading.open ??= { id, content: createTurnContent(), usage: noUsage };
  // A tool may answer before all of the message is said: what follows is a turn of its own, and is paid already.
  if (id === "" || id !== reading.closedId) reading.open.usage = readUsage(toRecord(message["usage"]) ?? {});
  const parts = readParts(message["content"]);
  for (const part of parts) reading.open.content.add(part);
  for (const part of parts) if (part.type === "tool-call") reading.calls.set(part.toolCallId, part.toolName);
  return [...before, ...start, ...countTokens(reading, parts), ...parts.flatMap(toLive)];
}

/**
 * It tells what came out of its model when it has answered: until then its words are counted. Told where it will
 * go on: words alone may be its answer.
 */
function countTokens(reading: Reading, parts: readonly AssistantPart[]): AgentNews[] {
  reading.saidCharacters += JSON.stringify(parts).length;
  const { inputTokens, outputTokens } = addUsage(reading.inTurns, reading.open?.usage ?? noUsage);
  const guessed = Math.ceil(reading.saidCharacters / charactersPerToken);
  if (!parts.some(({ type }) => type === "tool-call")) return [];
  return [{ kind: "spent", tokens: inputTokens + Math.max(outputTokens, guessed) }];
}

const charactersPerToken = 4;

function toLive(part: AssistantPart): AgentNews[] {
  if (part.type === "text") return [{ kind: "live", event: { type: "text-delta", text: part.text } }];
  if (part.type !== "tool-call") return [];
  return [
    {
      kind: "live",
      event: { type: "activity", text: `${part.toolName} ${JSON.stringify(part.input)}`.slice(0, 120) },
    },
  ];
}

function readUser(reading: Reading, message: JsonRecord): AgentNews[] {
  const results = readResults(message["content"]).filter(({ id }) => reading.calls.has(id));
  if (results.length === 0) return [];
  const news = closeTurn(reading, null);
  for (const { id, text, isError } of results) {
    news.push({ kind: "tool-result", toolCallId: id, tool: reading.calls.get(id) ?? "", text, isError });
    reading.calls.delete(id);
  }
  // All are answered: its model is asked again.
  if (reading.calls.size === 0) {
    news.push({ kind: "turn-start" });
    reading.isAsking = true;
  }
  return news;
}

function readResult(reading: Reading, record: JsonRecord): AgentNews[] {
  reading.result = record;
  if (typeof record["result"] === "string" && record["result"] !== "") reading.text = record["result"];
  return [...closeTurn(reading, record), { kind: "idle" }];
}

/** The open message as a turn. With the totals of a result it is booked at what they leave for it. */
function closeTurn(reading: Reading, result: JsonRecord | null): AgentNews[] {
  const { open, booked } = reading;
  const total = result === null ? null : readTotals(result["total_cost_usd"], result["modelUsage"]);
  if (open === null && total === null) return [];
  const content = open?.content.parts() ?? [];
  const usage = total === null ? (open?.usage ?? noUsage) : subtract(total.usage, booked.usage);
  const microUsd = total === null ? 0 : Math.max(0, total.microUsd - booked.microUsd);
  if (open === null && microUsd === 0 && usage.inputTokens === 0) return [];
  reading.booked = { usage: addUsage(booked.usage, usage), microUsd: booked.microUsd + microUsd };
  reading.inTurns = addUsage(reading.inTurns, usage);
  reading.closedId = open?.id ?? reading.closedId;
  reading.open = null;
  reading.isAsking = false;
  const text = toPlainText(content);
  if (text !== "") reading.text = text;
  const finish = content.some(({ type }) => type === "tool-call") ? "tool-calls" : "stop";
  return [{ kind: "turn", content, finish, usage, costUsd: microUsd / 1e6 }];
}

function subtract(total: Usage, booked: Usage): Usage {
  const rest = (key: keyof Usage): number => Math.max(0, total[key] - booked[key]);
  return {
    inputTokens: rest("inputTokens"),
    outputTokens: rest("outputTokens"),
    cacheReadTokens: rest("cacheReadTokens"),
    cacheWriteTokens: rest("cacheWriteTokens"),
  };
}
