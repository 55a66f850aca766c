import { pino } from "pino";
import type { LogSettings } from "../../config/log-settings.ts";
import type { Log } from "../../core/log.ts";
import { toReadableLine } from "./log-line.ts";

/** How lines are made, and where they go. */
export interface DaemonLogParts {
  format: "json" | "text";
  level: LogSettings["level"];
  /** Takes secrets out of a text. */
  redact(this: void, text: string): string;
  /** One line with its end. */
  write(this: void, line: string): void;
}

const longestText = 16_384;

// Nothing of ours goes by these names; should a later line bring one along, its value stays out all the same.
const secretFields = ["authorization", "api_key", "apiKey", "token", "secret", "password", "cookie"];

/** Writes one line for each text: JSON with time, level, pid and ids, or the same for people. No secret gets by. */
export function createDaemonLog({ format, level, redact, write }: DaemonLogParts): Log {
  const toLine = format === "json" ? (json: string) => json : (json: string) => `${toReadableLine(json)}\n`;
  const logger = pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: secretFields, censor: "[redacted]" },
    },
    { write: (json) => write(toLine(json)) },
  );
  return (text, { level: weight = "info", sessionId, batchId, more = {} } = {}) => {
    if (!logger.isLevelEnabled(weight)) return;
    const fields = {
      ...(sessionId === undefined ? {} : { session_id: sessionId }),
      ...(batchId === undefined ? {} : { batch_id: batchId }),
      ...redactFields(more, redact),
    };
    // Cut after the secrets are out: half of one would not be known any more.
    logger[weight](fields, redact(text.slice(0, longestText * 4)).slice(0, longestText));
  };
}

function redactFields(
  more: Readonly<Record<string, unknown>>,
  redact: (text: string) => string,
): Record<string, unknown> {
  const toShown = (value: unknown): unknown =>
    typeof value === "string" ? redact(value.slice(0, longestText)) : value;
  return Object.fromEntries(Object.entries(more).map(([name, value]) => [name, toShown(value)]));
}
