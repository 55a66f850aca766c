import type { SessionId } from "./id.ts";

/** What a call of a model waits for, at the latest until then (ms since the epoch). */
export type CallWait =
  | { for: "answer"; untilMs: number; qid: string }
  /** So many of the tasks have ended, or mail that is none of their results; without tasks: mail. */
  | { for: "tasks"; untilMs: number; taskIds: SessionId[]; needed: number };
