import type { AgentCall } from "../../core/agent-call.ts";
import type { AssistantPart } from "../../core/content.ts";
import type { FinishReason, JournalEntry, LiveEvent } from "../../core/journal.ts";
import type { JsonValue } from "../../core/json.ts";
import type { EndReason, SessionFault, SessionRecord } from "../../core/session.ts";
import type { Usage } from "../../core/usage.ts";
import type { CallPrice } from "../../providers/price-call.ts";
import type { CutLine } from "../../sandbox/recorded/follow-output.ts";
import type { SharedTask } from "../../sandbox/recorded/recorder-task.ts";
import type { RecordedEnd } from "../../sandbox/recorded/run-folder.ts";

/** One kind of agent program: how it is started, and what its output means. */
export interface AgentDriver {
  /** Throws ProfclawError where it can not be started as the session wants it. */
  plan(request: PlanRequest): LaunchPlan | Promise<LaunchPlan>;
  /**
   * A fresh reader for a run's output, from its first line on. The same lines always mean the same. `journal`: of
   * the session, up to this run's launch.
   */
  read(session: SessionRecord, journal: readonly JournalEntry[]): OutputReader;
  /** True: its stdin stays open, for what its protocol and its session's mail bring. Its readers can `say`. */
  listens: boolean;
  /** True: it hears mail behind what it answers, in another run that goes on from there. Not with `listens`. */
  hearsAfter?: boolean;
  /**
   * How it is held to what is set aside for it: "kept", it ends by itself at what its plan was told; "told", it says
   * what it costs as it goes, and is stopped; "untold": nobody knows, and nothing is set aside.
   */
  money: "kept" | "told" | "untold";
  /** True: it tells tokens and no cost, so that its money is what our price list makes of them. */
  isPricedByUs?: boolean;
}

export interface PlanRequest {
  session: SessionRecord;
  /** PATH of who asked for the session. */
  path: string;
  /** What is to be started; undefined: it is not there. */
  program: string | undefined;
  /** What it is told now, where it goes on after an earlier run; null: it begins, with its task. */
  followUp: string | null;
  /** Of the session, up to now. */
  journal: readonly JournalEntry[];
  /** A folder of the session's own, for what the agent keeps from run to run; it may not be there yet. */
  home: string;
  /** What it may cost from here on, in micro-USD; null: nothing limits it. */
  allowedMicroUsd: number | null;
  /** Aborted: it is not started any more, and nothing is waited for. */
  signal: AbortSignal;
}

export interface LaunchPlan {
  argv: readonly [string, ...string[]];
  /** On top of the clean environment. */
  environment: Readonly<Record<string, string>>;
  /** Its PATH; left out: that of who asked for the session. */
  path?: string;
  /** What it gets on its stdin first; null: that is closed from the start. */
  input: string | null;
  /** Its program is that of other sessions too, if theirs is like it. Left out: it has one of its own. */
  shared?: SharedPlan;
}

/** A program of which each session has a lane. Its stdin gets `input` with its variables as `{{NAME}}`. */
export interface SharedPlan extends SharedTask {
  /** Begins the ids of all that the session asks of it, up to a colon. */
  key: string;
}

export interface OutputReader {
  line(line: CutLine): AgentNews[];
  /**
   * What else is said to the agent: news that write it, now or, where the conversation is not so far, with a later
   * line. An adopting daemon says all of it again before the first line is read.
   */
  say?(message: AgentMessage): AgentNews[];
  /** How it is told what was said to its ask; only for those that `line` has told of. Left out: it asks nothing. */
  answer?(askId: string, verdict: AskVerdict): string;
  /** How long it may be silent where it stands now; null or left out: as long as any agent. */
  patience?(): Patience | null;
  /** What its protocol has for one that is about to be ended, so that it can put things in order. */
  farewell?(): Extract<AgentNews, { kind: "write" }>[];
  /** Once, after the last line. `errors`: the end of what it wrote to stderr. */
  end(end: RecordedEnd, errors: string): { news: AgentNews[]; outcome: AgentOutcome | Unkept };
}

/** `reason`: for the agent's model. */
export type AskVerdict = { kind: "allow" } | { kind: "deny"; reason: string };

export interface Patience {
  ms: number;
  /** What is wrong if nothing comes; null: it has said all, and is ended and judged by that. */
  fault: SessionFault | null;
}

export interface AgentMessage {
  /** Unlike that of any other message of the run. */
  id: string;
  text: string;
}

/** What an agent said, in words that are the same for all agents. */
export type AgentNews =
  | { kind: "live"; event: LiveEvent }
  /** Its protocol wants this on its stdin, now. Once for each id, however often the same output is read. */
  | {
      kind: "write";
      id: string;
      text: string;
      /** Its own variables, of which `{{NAME}}` in the text is replaced where it is written: a token stays off disks. */
      fill?: readonly string[];
    }
  /**
   * It wants leave for a call and waits, by itself without an end. `id`: what the agent calls its ask, unlike any
   * other of the run. It is judged as a call of our own loop would be, and what the policy leaves open a person answers.
   */
  | { kind: "ask"; id: string; call: AgentCall }
  /** It does not wait for that answer any more. */
  | { kind: "ask-withdraw"; id: string }
  /** What it calls the conversation: a later run's reader finds it in the journal. */
  | { kind: "thread"; thread: string }
  /** Its model is asked again. The first turn's start is not said: the launch is. */
  | { kind: "turn-start" }
  | {
      kind: "turn";
      content: AssistantPart[];
      finish: FinishReason;
      /** Null: it told none. */
      usage: Usage | null;
      /** By its own word, USD; null: it told none. */
      costUsd: number | null;
      /** What its tokens are priced as where it told no cost; null or left out: they can not be. */
      model?: string | null;
      /** What we make of its count, where it told no cost. */
      priced?: CallPrice;
    }
  /** It has answered, and waits for more to be said or for its stdin to be closed. */
  | { kind: "idle" }
  /** What this run has used so far by its own word: before its turns, which are booked, tell of it. */
  | { kind: "spent"; costUsd?: number; tokens?: number }
  | { kind: "tool-result"; toolCallId: string; tool: string; text: string; isError: boolean };

/** How a run of an agent went, by its exit code, its output and its error fields together. */
export type AgentOutcome =
  | { kind: "completed"; text: string; structured?: JsonValue }
  | { kind: "failed"; reason: EndReason; fault: SessionFault; text: string };

/** The conversation that it was to go on with is not there: it is to begin another one. */
export interface Unkept {
  kind: "unkept";
  text: "";
}
