import { type AssistantPart, toPlainText } from "../../../core/content.ts";
import type { FinishReason } from "../../../core/journal.ts";
import type { JsonValue } from "../../../core/json.ts";
import { noUsage } from "../../../core/usage.ts";
import type { AgentNews } from "../driver.ts";
import type { JsonRecord } from "../json-record.ts";
import { type TurnContent, createTurnContent } from "../turn-content.ts";
import type { AcpBill } from "./acp-books.ts";
import { toBlockText, toOutcomeText, toText } from "./acp-content.ts";
import { toRecords } from "../json-record.ts";

/** The updates of a conversation as turns: what the model said and called, and what came of it. */
export interface AcpTurns {
  take(update: JsonRecord): AgentNews[];
  /** A call as a request for leave describes it: some agents tell of it nowhere else. */
  noteCall(call: JsonRecord): AgentNews[];
  /** The prompt is over: the turn that is open is its last, and bears what the prompt cost. */
  close(finish: FinishReason, bill: AcpBill): AgentNews[];
  /** What the last turn said; what an earlier one did, if it said nothing. */
  text(): string;
  /** True if the last turn said something. */
  hasAnswer(): boolean;
}

interface OpenCall {
  tool: string;
  input: JsonRecord;
}

interface Turns {
  /** Null: between turns. */
  open: { said: TurnContent; calls: string[] } | null;
  /** Calls without a result yet, by id. */
  calls: Map<string, OpenCall>;
  isAsking: boolean;
  text: string;
  hasAnswer: boolean;
}

export function createAcpTurns(): AcpTurns {
  const turns: Turns = { open: null, calls: new Map(), isAsking: true, text: "", hasAnswer: false };
  return {
    take: (update) => takeUpdate(turns, update),
    noteCall: (call) => noteCall(turns, call),
    close(finish, bill) {
      const isEmpty = turns.open === null && bill.usage === null && bill.costUsd === 0;
      return isEmpty ? [] : closeTurn(turns, finish, bill);
    },
    text: () => turns.text,
    hasAnswer: () => turns.hasAnswer,
  };
}

function takeUpdate(turns: Turns, update: JsonRecord): AgentNews[] {
  switch (update["sessionUpdate"]) {
    case "agent_message_chunk":
      return takeChunk(turns, "text", toBlockText(update["content"]));
    case "agent_thought_chunk":
      return takeChunk(turns, "reasoning", toBlockText(update["content"]));
    case "tool_call":
    case "tool_call_update":
      return takeCall(turns, update);
    case "plan":
      return [{ kind: "live", event: { type: "activity", text: toPlanText(update) } }];
    default:
      return [];
  }
}

/** Starts a turn where none is open: its model has been asked again. */
function open(turns: Turns): { news: AgentNews[]; turn: NonNullable<Turns["open"]> } {
  const news: AgentNews[] = turns.isAsking ? [] : [{ kind: "turn-start" }];
  turns.isAsking = true;
  turns.open ??= { said: createTurnContent(), calls: [] };
  return { news, turn: turns.open };
}

function takeChunk(turns: Turns, type: "text" | "reasoning", text: string): AgentNews[] {
  if (text === "") return [];
  const { news, turn } = open(turns);
  turn.said.say(type, text);
  const delta = type === "text" ? ("text-delta" as const) : ("reasoning-delta" as const);
  return [...news, { kind: "live", event: { type: delta, text } }];
}

function noteCall(turns: Turns, call: JsonRecord): AgentNews[] {
  const id = toText(call["toolCallId"]);
  if (id === "") return [];
  const known = turns.calls.get(id);
  const tool = known?.tool ?? toToolName(call);
  turns.calls.set(id, { tool, input: { ...known?.input, ...toInput(call) } });
  const activity = `${tool} ${toText(call["title"])}`.trim().slice(0, 120);
  const live: AgentNews = { kind: "live", event: { type: "activity", text: activity } };
  if (known !== undefined) return [live];
  const { news, turn } = open(turns);
  turn.calls.push(id);
  return [...news, live];
}

function takeCall(turns: Turns, update: JsonRecord): AgentNews[] {
  const noted = noteCall(turns, update);
  const status = update["status"];
  const id = toText(update["toolCallId"]);
  const call = turns.calls.get(id);
  if (call === undefined || (status !== "completed" && status !== "failed")) return noted;
  const closed = closeTurn(turns, "tool-calls", nothing);
  turns.calls.delete(id);
  const text = toOutcomeText(update);
  const isError = status === "failed";
  const result: AgentNews = { kind: "tool-result", toolCallId: id, tool: call.tool, text, isError };
  if (turns.calls.size > 0) return [...noted, ...closed, result];
  // All are answered: its model is asked again.
  turns.isAsking = true;
  return [...noted, ...closed, result, { kind: "turn-start" }];
}

/** A turn that is followed by another one of the same prompt: the last one bears what all of them cost. */
const nothing: AcpBill = { usage: null, costUsd: 0, model: null };

function closeTurn(turns: Turns, finish: FinishReason, bill: AcpBill): AgentNews[] {
  const said = turns.open?.said.parts() ?? [];
  const calls = turns.open?.calls ?? [];
  if (turns.open === null && bill === nothing) return [];
  const content = [...said, ...calls.map((id) => toCallPart(id, turns.calls.get(id)))];
  const text = toPlainText(said);
  if (text !== "") turns.text = text;
  turns.hasAnswer = text !== "";
  turns.open = null;
  turns.isAsking = false;
  const { usage, costUsd, model } = bill;
  return [{ kind: "turn", content, finish, usage: usage ?? noUsage, costUsd, model }];
}

function toCallPart(toolCallId: string, call: OpenCall | undefined): AssistantPart {
  const input = (call?.input ?? {}) as JsonValue;
  return { type: "tool-call", toolCallId, toolName: call?.tool ?? "tool", input };
}

/** Its name where the agent tells one: as the first title, or before its number; else what kind it is of. */
export function toToolName({ toolCallId, title, kind }: JsonRecord): string {
  const [before = "", after] = toText(toolCallId).split("__");
  if (after !== undefined && isName(before)) return before;
  return isName(toText(title)) ? toText(title) : toText(kind) || "tool";
}

function isName(text: string): boolean {
  return /^[A-Za-z][\w.:-]{0,63}$/.test(text);
}

/** What it is called with; where the agent tells only what a person is shown, that. */
function toInput({ rawInput, title, locations }: JsonRecord): JsonRecord {
  if (typeof rawInput === "object" && rawInput !== null) return rawInput as JsonRecord;
  const paths = toRecords(locations).flatMap(({ path }) => (typeof path === "string" ? [path] : []));
  return { ...(title === undefined ? {} : { title }), ...(paths.length === 0 ? {} : { paths }) };
}

function toPlanText({ entries }: JsonRecord): string {
  const all = toRecords(entries);
  const done = all.filter(({ status }) => status === "completed").length;
  const now = all.find(({ status }) => status === "in_progress");
  return `plan ${done}/${all.length} ${toText(now?.["content"])}`.trim().slice(0, 120);
}
