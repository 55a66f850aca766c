import type { BatchId, SessionId } from "./id.ts";

export const logLevels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];

/** What a line of the daemon's log tells beside its text. */
export interface LogFacts {
  /** Default: info. */
  level?: LogLevel;
  sessionId?: SessionId;
  batchId?: BatchId;
  /** Numbers and names of our own, by name. Never a task, what a model or tool said, or a header. */
  more?: Readonly<Record<string, string | number | boolean | null>>;
}

/** Says one line. It never throws and holds nothing up. */
export type Log = (text: string, facts?: LogFacts) => void;
