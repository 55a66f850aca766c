import { ProfclawError } from "../core/errors.ts";
import { type LogLevel, logLevels } from "../core/log.ts";
import type { Env } from "./environment.ts";

export type LogFormat = "json" | "text";

/** How the daemon's log is written. */
export interface LogSettings {
  /** Null: JSON where it goes to its file, text in a terminal. */
  format: LogFormat | null;
  /** What is less is not written. */
  level: LogLevel;
}

const formats = ["json", "text"] as const;

/** `PROFCLAW_LOG_FORMAT` and `PROFCLAW_LOG_LEVEL`. Throws config-invalid for a word that is none of theirs. */
export function parseLogSettings(env: Env): LogSettings {
  return {
    format: parseWord(env, "PROFCLAW_LOG_FORMAT", formats) ?? null,
    level: parseWord(env, "PROFCLAW_LOG_LEVEL", logLevels) ?? "info",
  };
}

function parseWord<Word extends string>(env: Env, name: string, words: readonly Word[]): Word | undefined {
  const text = env[name] ?? "";
  if (text === "") return undefined;
  const word = words.find((candidate) => candidate === text.toLowerCase());
  if (word !== undefined) return word;
  throw new ProfclawError("config-invalid", `${name} is "${text}"; it must be ${words.join(" or ")}.`, {
    pointer: name,
    hint: `export ${name}=${words[0]}`,
  });
}
