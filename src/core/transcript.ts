import { type AssistantPart, toToolCalls } from "./content.ts";
import type { FinishReason, JournalEntry, JournalEvent } from "./journal.ts";
import type { MicroUsd } from "./money.ts";
import { type OpenCall, answerOpenCall, changeOpenCall, suspendOpenCall, toOpenCall } from "./open-call.ts";
import { readSnapshot } from "./snapshot.ts";
import type { TranscriptMessage } from "./transcript-message.ts";

/** What was set aside for a call that was started. */
export interface CallInFlight {
  turn: number;
  reservedMicroUsd: MicroUsd;
  reservedTokens: number;
}

/** Calls of one turn that failed in a row. */
export interface FailedAttempts {
  count: number;
  firstAt: number;
}

/** Where a session's run stands: the fold over its journal. */
export interface Transcript {
  turns: number;
  messages: TranscriptMessage[];
  openCalls: OpenCall[];
  /** The last finished turn. */
  lastTurn: {
    content: AssistantPart[];
    finish: FinishReason;
    /** What the provider counted of all that was sent then; 0 if it told nothing. */
    inputTokens: number;
  } | null;
  /** True if something came after the last turn that the model has not seen. */
  hasNews: boolean;
  /** A model call that was started and never heard of again. */
  callInFlight: CallInFlight | null;
  failedAttempts: FailedAttempts;
  repairs: number;
  /** Turns taken before it was resumed or forked: they do not count against its limit. */
  turnsBefore: number;
  /** What its user said while calls were open; a result must follow its call. */
  heldTexts: string[];
  /** How often the session has asked for leave: the number of the last ask. */
  asks: number;
  /** How often in a row a provider refused the length of the history. */
  refusals: number;
  /** It was made shorter, and no turn has been taken since. */
  isCompacted: boolean;
  /** Text of a later, cut-off answer. */
  partialText: string;
}

const noFailures: FailedAttempts = { count: 0, firstAt: 0 };

/** The transcript of a session whose first user message is its task. */
export function foldTranscript(task: string, entries: readonly JournalEntry[]): Transcript {
  const transcript: Transcript = {
    turns: 0,
    messages: [{ role: "user", text: task }],
    openCalls: [],
    lastTurn: null,
    hasNews: true,
    callInFlight: null,
    failedAttempts: noFailures,
    repairs: 0,
    turnsBefore: 0,
    heldTexts: [],
    asks: 0,
    refusals: 0,
    isCompacted: false,
    partialText: "",
  };
  for (const entry of entries) applyEvent(transcript, entry.event, entry.at);
  return transcript;
}

/** Takes one more event into the transcript, in place: a long history is not copied at each turn. */
export function applyEvent(transcript: Transcript, event: JournalEvent, at: number): void {
  switch (event.type) {
    case "turn-start":
      transcript.callInFlight = toCallInFlight(event);
      return;
    case "turn-end":
      applyTurnEnd(transcript, event);
      return;
    case "turn-fail":
      applyTurnFail(transcript, event, at);
      return;
    case "tool-intent":
      changeOpenCall(transcript.openCalls, event.toolCallId, { intent: { prepared: event.prepared } });
      return;
    case "approval-ask":
      applyAsk(transcript, event);
      return;
    case "approval-answer":
      answerOpenCall(transcript.openCalls, event);
      return;
    case "tool-pending":
      suspendOpenCall(transcript.openCalls, event);
      return;
    case "tool-result":
      applyToolResult(transcript, event);
      return;
    case "repair-request":
      applyRepair(transcript, event.text);
      return;
    case "message-deliver":
      if (event.text !== "") addUserText(transcript, event.text);
      return;
    case "context-compact":
      Object.assign(transcript, readSnapshot(event) satisfies Partial<Transcript>);
      return;
    case "session-resume":
      applyResume(transcript, event.text);
      return;
    case "session-fork":
      applyFork(transcript, event);
      return;
    // What else happens changes nothing that its model sees.
    default:
      return;
  }
}

function toCallInFlight(event: Extract<JournalEvent, { type: "turn-start" }>): CallInFlight {
  const { turn, reservedMicroUsd, reservedTokens } = event;
  return { turn, reservedMicroUsd, reservedTokens: reservedTokens ?? 0 };
}

function applyTurnEnd(transcript: Transcript, event: Extract<JournalEvent, { type: "turn-end" }>): void {
  const { content, finish, usage } = event;
  transcript.turns = event.turn;
  transcript.messages.push({ role: "assistant", content });
  transcript.openCalls = toToolCalls(content).map(toOpenCall);
  transcript.lastTurn = { content, finish, inputTokens: usage.inputTokens };
  transcript.hasNews = false;
  transcript.callInFlight = null;
  transcript.failedAttempts = noFailures;
  transcript.refusals = 0;
  transcript.isCompacted = false;
  transcript.partialText = "";
}

function applyTurnFail(
  transcript: Transcript,
  event: Extract<JournalEvent, { type: "turn-fail" }>,
  at: number,
): void {
  const { count, firstAt } = transcript.failedAttempts;
  if (event.error.code === "context-length") transcript.refusals += 1;
  transcript.callInFlight = null;
  transcript.partialText = event.partialText;
  // A call that only our own restart cut off is no failure of the provider.
  if (event.error.code === "interrupted") return;
  transcript.failedAttempts = { count: count + 1, firstAt: count === 0 ? at : firstAt };
}

function applyToolResult(
  transcript: Transcript,
  event: Extract<JournalEvent, { type: "tool-result" }>,
): void {
  const { toolCallId, tool, text, isError } = event;
  transcript.openCalls = transcript.openCalls.filter(({ call }) => call.toolCallId !== toolCallId);
  const last = transcript.messages.at(-1);
  const results = last?.role === "tool" ? last.results : [];
  if (last?.role !== "tool") transcript.messages.push({ role: "tool", results });
  results.push({ toolCallId, tool, text, isError });
  const order = toToolCalls(transcript.lastTurn?.content ?? []).map((call) => call.toolCallId);
  results.sort((a, b) => order.indexOf(a.toolCallId) - order.indexOf(b.toolCallId));
  transcript.hasNews = true;
  if (transcript.openCalls.length > 0) return;
  for (const held of transcript.heldTexts.splice(0)) addUserText(transcript, held);
}

/** A later ask of the same call takes the place of the earlier one: its bytes have changed. */
function applyAsk(transcript: Transcript, event: Extract<JournalEvent, { type: "approval-ask" }>): void {
  const { type: _, agentCall: _whole, ...ask } = event;
  transcript.asks = ask.number;
  changeOpenCall(transcript.openCalls, ask.toolCallId, { approval: { ask, answer: null } });
}

function applyRepair(transcript: Transcript, text: string): void {
  transcript.repairs += 1;
  addUserText(transcript, text);
}

function addUserText(transcript: Transcript, text: string): void {
  transcript.hasNews = true;
  if (transcript.openCalls.length > 0) transcript.heldTexts.push(text);
  else transcript.messages.push({ role: "user", text });
}

function applyFork(transcript: Transcript, event: Extract<JournalEvent, { type: "session-fork" }>): void {
  transcript.messages = [{ role: "user", text: event.task }];
  transcript.turnsBefore = event.turn;
}

/** A new life: what the last one failed of is no reason to give up on this one. */
function applyResume(transcript: Transcript, text: string): void {
  transcript.callInFlight = null;
  transcript.failedAttempts = noFailures;
  transcript.repairs = 0;
  transcript.refusals = 0;
  transcript.isCompacted = false;
  transcript.partialText = "";
  transcript.turnsBefore = transcript.turns;
  // An ask ended with the old life, and so did a yes that nobody acted on.
  for (const open of transcript.openCalls) open.approval = null;
  if (text !== "") addUserText(transcript, text);
}
