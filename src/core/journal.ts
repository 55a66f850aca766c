import type { AskedAgentCall } from "./agent-call.ts";
import type { ApprovalAnswer, ApprovalAsk } from "./approval.ts";
import type { AssistantPart } from "./content.ts";
import type { CallWait } from "./call-wait.ts";
import type { SessionId } from "./id.ts";
import type { JsonValue } from "./json.ts";
import type { MicroUsd } from "./money.ts";
import type { SessionEnd, SessionFault, Wait } from "./session.ts";
import type { TranscriptMessage } from "./transcript-message.ts";
import type { Usage } from "./usage.ts";

export type FinishReason = "stop" | "length" | "content-filter" | "tool-calls" | "error" | "other";

/** The price a call was booked at, USD per million tokens; null where the price list has none. */
export interface PriceUsed {
  source: string;
  model: string;
  inputUsdPerMillion: number | null;
  outputUsdPerMillion: number | null;
}

/** The call by which a model summed its history up. */
export interface CompactCall {
  usage: Usage;
  costMicroUsd: MicroUsd | null;
  price: PriceUsed | null;
  durationMs: number;
  reservedMicroUsd?: MicroUsd;
  reservedTokens?: number;
}

/** `begin`: the script is started. `skip`: there is one, which may not run here. */
export type SetupStep =
  | { kind: "skip"; file: string; why: string }
  | { kind: "begin"; file: string; script: string }
  | {
      kind: "end";
      outcome: "done" | "failed" | "timed-out";
      exitCode: number | null;
      /** Both streams; of much the beginning and the end. */
      output: string;
      durationMs: number;
    };

/** A way to run an agent that is not its own, for where that is not there. */
export type AgentWire = "exec";

/** What a session lived through, in order. The session's state is a fold over these. */
export type JournalEvent =
  | { type: "session-create" }
  /** A slot was given. `epoch` is the daemon's. */
  | { type: "session-start"; epoch: number }
  /** What is done in its new worktree before its first prompt: a crash in between has it all made anew. */
  | { type: "folder-setup"; step: SetupStep }
  /**
   * A program of its own runs the session from here on: intent. Its output and end are in that run's folder.
   * `allowedMicroUsd`: set aside for it, in all budgets that cover it; left out: none of them limits it.
   * `wire`: how it is run and its output is to be read, where that is not its own way.
   */
  | { type: "agent-launch"; run: number; agent: string; allowedMicroUsd?: MicroUsd; wire?: AgentWire }
  /** What the agent itself calls the conversation: by this name it can go on with it in a later run. */
  | { type: "agent-thread"; thread: string }
  /** A model call goes out: intent. Without a turn-end or turn-fail after a crash: possibly billed. */
  | { type: "turn-start"; turn: number; reservedMicroUsd: MicroUsd; reservedTokens?: number }
  | {
      type: "turn-end";
      turn: number;
      content: AssistantPart[];
      finish: FinishReason;
      usage: Usage;
      costMicroUsd: MicroUsd | null;
      price: PriceUsed | null;
      durationMs: number;
      /** Where the provider told no usage or nonsense: the worst case, which budgets count instead. */
      reservedMicroUsd?: MicroUsd;
      reservedTokens?: number;
    }
  /** The call brought no whole answer. `retryAt` (ms) if it will be tried again. */
  | {
      type: "turn-fail";
      turn: number;
      error: SessionFault;
      partialText: string;
      possiblyBilled: boolean;
      /** The worst case that was set aside for the call: what it may have cost. */
      reservedMicroUsd: MicroUsd;
      reservedTokens?: number;
      retryAt: number | null;
    }
  /** Written before a tool that has an effect. `prepared` is what the tool needs to know after a crash. */
  | { type: "tool-intent"; toolCallId: string; tool: string; prepared: JsonValue }
  /** The call needs leave. It stays open, and undone, until the answer is here too. */
  /** `agentCall`: another program's, whole; a call of our own loop stands in its turn. */
  | ({ type: "approval-ask"; agentCall?: AskedAgentCall } & ApprovalAsk)
  | ({ type: "approval-answer"; number: number } & ApprovalAnswer)
  /** The agent that asked does not wait for the answer any more. */
  | { type: "approval-withdraw"; number: number }
  /** The call made sessions and waits for them; or it waits for what `wait` says. */
  | { type: "tool-pending"; toolCallId: string; sessionIds: SessionId[]; wait?: CallWait }
  | { type: "tool-result"; toolCallId: string; tool: string; text: string; isError: boolean }
  /** What the model gets between turns: mail of other sessions as quoted data, or a user's message as it is. */
  | { type: "message-deliver"; messageIds: string[]; text: string; from?: "user" }
  /** The answer had not the asked shape: what the model is told, once. */
  | { type: "repair-request"; text: string }
  | { type: "wait-start"; wait: Wait }
  | { type: "wait-end" }
  | { type: "session-end"; end: SessionEnd }
  /** It had ended and goes on; `text` is a user's message, unless it is empty. `key`: the request's. */
  | { type: "session-resume"; text: string; key: string | null }
  /**
   * The history was too long: `messages` stand in its place, and a fold may begin here. `turn` is the one
   * that is to be taken next. Without a call, where trimming was enough, it has cost nothing.
   */
  | {
      type: "context-compact";
      turn: number;
      messages: TranscriptMessage[];
      turnsBefore: number;
      repairs: number;
      asks: number;
      tokensBefore: number;
      /** An estimate. */
      tokensAfter: number;
      call: CompactCall | null;
    }
  /** The turns that follow, up to `turn`, are another session's, whose task was `task`. It has paid them. */
  | { type: "session-fork"; from: SessionId; turn: number; task: string };

/** An event with its place: `seq` counts from 1 within the session; `at` is ms since the epoch. */
export interface JournalEntry {
  sessionId: SessionId;
  seq: number;
  at: number;
  event: JournalEvent;
}

/** Seen live and never journalled: the text as it comes, and what a session does now. */
export type LiveEvent =
  | { type: "text-delta"; text: string }
  | { type: "reasoning-delta"; text: string }
  | { type: "activity"; text: string };
