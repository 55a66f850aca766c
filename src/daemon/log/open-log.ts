import type { Env } from "../../config/environment.ts";
import { type LogFormat, parseLogSettings } from "../../config/log-settings.ts";
import type { Log } from "../../core/log.ts";
import { createDaemonLog } from "./daemon-log.ts";
import { type SecretBook, createSecretBook } from "./secret-book.ts";

/** The log, and the book of what it must not say. */
export interface OpenedLog {
  log: Log;
  secrets: SecretBook;
  format: LogFormat;
}

/** The log as the environment wants it; `usual` is its format where that says nothing. Throws config-invalid. */
export function openLog(env: Env, usual: LogFormat, write: (line: string) => void): OpenedLog {
  const { level, format: wanted } = parseLogSettings(env);
  const format = wanted ?? usual;
  const secrets = createSecretBook(env);
  return { log: createDaemonLog({ format, level, redact: secrets.redact, write }), secrets, format };
}
