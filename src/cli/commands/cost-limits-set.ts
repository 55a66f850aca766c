import type { Command } from "commander";
import type { InputOf } from "../../client/create-client.ts";
import type { BudgetView, LimitsView } from "../../contract/shapes.ts";
import { ProfclawError } from "../../core/errors.ts";
import { defineCommand } from "../command.ts";
import { linkDaemon } from "../daemon-link.ts";
import { parseUsdFlag, parseWholeFlag } from "../flag-values.ts";
import { printLimits } from "./cost-limits.ts";

interface LimitFlags {
  day?: string;
  month?: string;
  dayTokens?: string;
  monthTokens?: string;
}

export const costLimitsSet = defineCommand<LimitFlags>({
  name: "cost limits set",
  summary:
    "Change what all sessions together may spend. Applies at once and is kept; no call in flight stops.",
  examples: [
    "profclaw cost limits set --day 20.00 --month 200.00",
    "profclaw cost limits set --day-tokens 5000000",
    "profclaw cost limits set --month none",
  ],
  declare: declareFlags,
  async run({ options: flags }, context) {
    refuseNothing(flags);
    const client = await linkDaemon(context);
    try {
      const limits = await client.putCostLimits(toLimitsBody(flags, await client.getCostLimits({})));
      printLimits(limits, flags.json === true, context);
      return 0;
    } finally {
      client.close();
    }
  },
});

function declareFlags(parser: Command): void {
  parser
    .option("--day <usd>", "of a local day, in USD; none: no limit")
    .option("--month <usd>", "of a local month, in USD; none: no limit")
    .option("--day-tokens <n>", "the same in tokens, input and output together; none: no limit")
    .option("--month-tokens <n>", "of a month, in tokens; none: no limit");
}

function refuseNothing({ day, month, dayTokens, monthTokens }: LimitFlags): void {
  if ([day, month, dayTokens, monthTokens].some((flag) => flag !== undefined)) return;
  throw new ProfclawError("invalid-request", "No limit is given.", {
    hint: "For example: profclaw cost limits set --day 20.00",
  });
}

/** The limits that the flags ask for; a unit that no flag names stays as it is. Throws invalid-request. */
export function toLimitsBody(flags: LimitFlags, now: LimitsView): InputOf<"putCostLimits"> {
  const { day, month, dayTokens, monthTokens } = flags;
  return {
    ...toPeriodBody("day", { usd: day, tokens: dayTokens, now: now.day }),
    ...toPeriodBody("month", { usd: month, tokens: monthTokens, now: now.month }),
  };
}

interface PeriodFlags {
  usd: string | undefined;
  tokens: string | undefined;
  now: BudgetView;
}

function toPeriodBody(period: "day" | "month", { usd, tokens, now }: PeriodFlags): InputOf<"putCostLimits"> {
  if (usd === undefined && tokens === undefined) return {};
  const parseTokens = (text: string): number =>
    parseWholeFlag(`--${period}-tokens`, text, { least: 1, most: 999_999_999 });
  return {
    [period]: {
      usd: toLimit(usd, now.usd, (text) => parseUsdFlag(`--${period}`, text)),
      tokens: toLimit(tokens, now.tokens, parseTokens),
    },
  };
}

function toLimit<Limit>(
  text: string | undefined,
  now: Limit | null,
  parse: (text: string) => Limit,
): Limit | null {
  if (text === undefined) return now;
  return text === "none" ? null : parse(text);
}
