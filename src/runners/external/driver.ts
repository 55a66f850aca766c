import type { AssistantPart } from "../../core/content.ts";
import type { FinishReason, LiveEvent } from "../../core/journal.ts";
import type { JsonValue } from "../../core/json.ts";
import type { EndReason, SessionFault, SessionRecord } from "../../core/session.ts";
import type { Usage } from "../../core/usage.ts";
import type { CutLine } from "../../sandbox/recorded/follow-output.ts";
import type { RecordedEnd } from "../../sandbox/recorded/run-folder.ts";

/** One kind of agent program: how it is started, and what its output means. */
export interface AgentDriver {
  /** Throws ProfclawError where it can not be started as the session wants it. */
  plan(session: SessionRecord): LaunchPlan | Promise<LaunchPlan>;
  /** A fresh reader for a run's output, from its first line on. The same lines always mean the same. */
  read(session: SessionRecord): OutputReader;
}

export interface LaunchPlan {
  argv: readonly [string, ...string[]];
  /** On top of the clean environment. */
  environment: Readonly<Record<string, string>>;
  /** What it gets on its stdin; null: that is closed from the start. */
  input: string | null;
}

export interface OutputReader {
  line(line: CutLine): AgentNews[];
  /** Once, after the last line. `errors`: the end of what it wrote to stderr. */
  end(end: RecordedEnd, errors: string): { news: AgentNews[]; outcome: AgentOutcome };
}

/** What an agent said, in words that are the same for all agents. */
export type AgentNews =
  | { kind: "live"; event: LiveEvent }
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
    }
  | { kind: "tool-result"; toolCallId: string; tool: string; text: string; isError: boolean };

/** How a run of an agent went, by its exit code, its output and its error fields together. */
export type AgentOutcome =
  | { kind: "completed"; text: string; structured?: JsonValue }
  | { kind: "failed"; reason: EndReason; fault: SessionFault; text: string };
