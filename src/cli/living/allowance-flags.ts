import type { Command } from "commander";
import type { Client } from "../../client/create-client.ts";
import type { AcceptedBatchView } from "../../contract/session-operations.ts";
import { toShortId } from "../../core/id.ts";
import type { CliContext } from "../context.ts";
import { parseDurationFlag, parseUsdFlag, parseWholeFlag } from "../flag-values.ts";
import { toJsonText, toOneLine } from "../plain-text.ts";
import { waitForResults } from "../spawn/wait-for-results.ts";

/** What a session that goes on, or is made from another, may use; and whether it is waited for. */
export interface AllowanceFlags {
  maxTurns?: string;
  timeout?: string;
  budget?: string;
  budgetTokens?: string;
  detach?: boolean;
  json?: boolean;
}

export interface ModelFlags {
  provider?: string;
  model?: string;
}

export function declareAllowance(parser: Command): void {
  parser
    .option("--max-turns <n>", "how many model calls it may make from here")
    .option("--timeout <time>", "how long it may run from here: 90s, 5m, 1h")
    .option("--budget <usd>", "what it may spend from here: 2.00")
    .option("--budget-tokens <n>", "the same in tokens, input and output together")
    .option("-d, --detach", "print its id and return at once");
}

export function declareModel(parser: Command): void {
  parser
    .option("--provider <name>", "another provider than the first one's")
    .option("--model <name>", "another model, or provider/model");
}

interface Allowance {
  max_turns?: number;
  timeout?: number;
  budget_usd?: string;
  budget_tokens?: number;
}

/** The flags as fields of the request. Throws invalid-request, naming the flag that is wrong. */
export function toAllowance(flags: AllowanceFlags): Allowance {
  const { maxTurns, timeout, budget, budgetTokens } = flags;
  return {
    ...(maxTurns === undefined
      ? {}
      : { max_turns: parseWholeFlag("--max-turns", maxTurns, { least: 1, most: 10_000 }) }),
    ...(timeout === undefined ? {} : { timeout: parseDurationFlag("--timeout", timeout) }),
    ...(budget === undefined ? {} : { budget_usd: parseUsdFlag("--budget", budget) }),
    ...(budgetTokens === undefined
      ? {}
      : {
          budget_tokens: parseWholeFlag("--budget-tokens", budgetTokens, { least: 1, most: 999_999_999 }),
        }),
  };
}

/** Waits for its result, or prints its id. */
export async function follow(
  accepted: AcceptedBatchView,
  flags: AllowanceFlags,
  { client, context }: { client: Client; context: CliContext },
): Promise<number> {
  const { terminal } = context;
  for (const warning of accepted.warnings) terminal.say(`warning: ${toOneLine(warning)}`);
  if (flags.detach !== true) {
    return waitForResults({ client, accepted, context, asJson: flags.json === true });
  }
  const [session] = accepted.sessions;
  terminal.print(flags.json === true ? toJsonText(accepted) : (session?.id ?? ""));
  terminal.say(`Its result, when it has ended: profclaw agent result ${toShortId(session?.id ?? "")}`);
  return 0;
}
