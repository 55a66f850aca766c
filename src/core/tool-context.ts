import type { CallWait } from "./call-wait.ts";
import type { Grants } from "./grants.ts";
import type { SessionId } from "./id.ts";
import type { JsonValue } from "./json.ts";
import type { Message } from "./message.ts";
import type { ArtifactRef, SessionStatus } from "./session.ts";
import type { TextKind } from "./text-kind.ts";

/** What a model asks for one child; the same words as the REST body. */
export interface ChildRequest {
  task: string;
  name?: string | undefined;
  provider?: string | undefined;
  model?: string | undefined;
  role?: string | undefined;
  tools?: string[] | undefined;
}

export interface ChildSummary {
  sessionId: SessionId;
  status: SessionStatus;
  reason: string | null;
  task: string;
  turns: number;
  /** How often it has ended and gone on. */
  resumes: number;
  /** The result's text, or what is known of the failure. Empty while it lives. */
  text: string;
}

/** Where words were found. */
export interface FoundPlace {
  ref: string;
  kind: TextKind;
  sessionId: SessionId | null;
  snippet: string;
}

/** What tools may do with sessions; handed down from the engine. Refusals are ProfclawErrors. */
export interface SessionsPort {
  /** Keyed by (caller, toolCallId): asked twice, it answers with the same children. */
  spawn(toolCallId: string, children: ChildRequest[]): Promise<SessionId[]>;
  /** Without ids: all children of the caller. */
  status(idsOrPrefixes: string[]): Promise<ChildSummary[]>;
  /** In the texts of the caller's tree, the best first. */
  search(words: string, limit: number): Promise<FoundPlace[]>;
  mail: MailPort;
  findings: FindingsPort;
}

/** What tools may do with findings. Refusals are ProfclawErrors. */
export interface FindingsPort {
  /** Answers its id; the same toolCallId twice is one finding. */
  distill(toolCallId: string, finding: { text: string; evidence: string[] }): Promise<string>;
  /** Answers the whole id. */
  vote(findingId: string, weight: number, reason: string | null): Promise<string>;
  /** All findings of the tree, and the results of the caller's children, as one ranked text. */
  consolidate(): Promise<string>;
}

/** Who can be written to. */
export interface Neighbour {
  id: string;
  kind: "session" | "peer";
  name: string | null;
  status: SessionStatus | null;
  task: string | null;
  activity: string | null;
}

/** What tools may do with mail. The same toolCallId twice is one message. Refusals are ProfclawErrors. */
export interface MailPort {
  whisper(toolCallId: string, to: string, content: string): Promise<{ to: string; woken: boolean }>;
  /** To the living sessions of the caller's tree and its peer, or of its batch. */
  broadcast(
    toolCallId: string,
    scope: "tree" | "batch",
    content: string,
  ): Promise<{ to: string[]; full: string[] }>;
  ask(
    toolCallId: string,
    to: string,
    question: { text: string; timeoutMs: number },
  ): Promise<{ qid: string; untilMs: number }>;
  respond(qid: string, content: string): Promise<{ to: string; isLate: boolean }>;
  /** Unread mail but the user's own words, which the session is given between turns as they are. */
  unread(limit: number): Promise<Message[]>;
  /** The answer to the caller's own question. */
  answerTo(qid: string): Promise<Message | undefined>;
  neighbours(): Promise<Neighbour[]>;
  now(): number;
}

/** All that a running tool may know and touch. */
export interface ToolContext {
  sessionId: SessionId;
  /** Variables by which a command of the session finds the daemon and acts as the session. */
  identify(): Promise<Readonly<Record<string, string>>>;
  toolCallId: string;
  /** Real path of the workspace. */
  cwd: string;
  /** PATH for commands. */
  path: string;
  grants: Grants;
  /** The session's tools: some rules look at what else it may do. */
  tools: readonly string[];
  toolsNamed: boolean;
  /** Folders that no tool may touch, whatever the level: our state folder among them. */
  protectedPaths: readonly string[];
  signal: AbortSignal;
  /** The `traceparent` for what the call starts. */
  traceParent: string | null;
  sessions: SessionsPort;
  /** Keeps a long text whole; the model gets the reference. */
  putArtifact(name: string, text: string): Promise<ArtifactRef>;
  /** Shown live in tables: "npm test". */
  report(activity: string): void;
}

/** What a tool call came to. A refusal or a failure is a result the model reads, not a throw. */
export type ToolOutcome =
  /** `readIds`: mail of which the result tells: it is acked with it. */
  | { kind: "result"; text: string; isError: boolean; readIds?: string[] }
  | { kind: "pending"; sessionIds: SessionId[] }
  | { kind: "waiting"; wait: CallWait };

/** What a tool finds out before its effect and needs after a crash, e.g. a file's hashes. */
export type ToolPreparation = JsonValue;
