import type { CliCommand } from "./command.ts";

/** A row of the table of commands. */
export interface CommandEntry {
  /** As typed after `profclaw`: "agent spawn". */
  name: string;
  summary: string;
  /** Loaded when it is typed, so that a command pays only for itself. */
  load(): Promise<CliCommand>;
}
