import { createInterface } from "node:readline/promises";
import { ProfclawError } from "../../core/errors.ts";
import type { CliContext } from "../context.ts";

const freeSessions = 20;

/** Asks before many sessions are started. Throws budget-exceeded where nobody can be asked, or says no. */
export async function askConsent(sessions: number, hasConsent: boolean, context: CliContext): Promise<void> {
  if (hasConsent || sessions <= freeSessions) return;
  if (context.terminal.canAsk && (await asksYes(`Start ${sessions} sessions? [y/N] `))) return;
  throw new ProfclawError(
    "budget-exceeded",
    `${sessions} sessions are more than ${freeSessions} and need a yes; nothing was started.`,
    { hint: "Say it with the command: --yes" },
  );
}

async function asksYes(question: string): Promise<boolean> {
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await reader.question(question)).trim());
  } finally {
    reader.close();
  }
}
