import type { Command } from "commander";
import type { Client, InputOf } from "../../client/create-client.ts";
import type { CostView } from "../../contract/shapes.ts";
import { costGroups } from "../../core/cost-group.ts";
import { ProfclawError } from "../../core/errors.ts";
import { defineCommand } from "../command.ts";
import { renderCost, renderCostCsv } from "../cost-text.ts";
import { linkDaemon } from "../daemon-link.ts";
import { parseChoice } from "../flag-values.ts";
import { toJsonText } from "../plain-text.ts";
import { parseSince } from "./agent-logs.ts";

interface CostFlags {
  today?: boolean;
  week?: boolean;
  month?: boolean;
  since?: string;
  by: string;
  csv?: boolean;
}

export const cost = defineCommand<CostFlags>({
  name: "cost",
  summary: "What model calls cost. Calls without a known price are counted, never taken for free.",
  examples: [
    "profclaw cost --today",
    "profclaw cost --week --by day",
    "profclaw cost --since 30d --by session --csv",
  ],
  declare: declareFlags,
  async run({ options: flags }, context) {
    const query = toCostQuery(flags, new Date(context.clock.now()));
    const client = await linkDaemon(context);
    try {
      const report = await readWhole(client, query);
      const { terminal } = context;
      if (flags.json === true) terminal.print(toJsonText(report));
      else if (flags.csv === true) terminal.print(renderCostCsv(report, flags.by));
      else terminal.print(renderCost(report, { by: flags.by, width: terminal.dataWidth() }).join("\n"));
      return 0;
    } finally {
      client.close();
    }
  },
});

const rowsOnAPage = 10_000;

/** The report with all of its rows. */
async function readWhole(client: Client, query: InputOf<"getCost">): Promise<CostView> {
  const report = await client.getCost({ ...query, limit: rowsOnAPage });
  const rows = [...report.rows];
  // What is booked in the meantime belongs to the next report.
  const same = { ...query, limit: rowsOnAPage, to: query.to ?? report.to };
  for (let cursor = report.next_cursor; cursor !== null;) {
    const page = await client.getCost({ ...same, cursor });
    rows.push(...page.rows);
    cursor = page.next_cursor;
  }
  return { ...report, rows, next_cursor: null };
}

function declareFlags(parser: Command): void {
  parser
    .option("--today", "since midnight here")
    .option("--week", "since Monday")
    .option("--month", "since the first of the month")
    .option("--since <time>", "since a day or for a time: 2026-07-01, 30d")
    .option("--by <group>", costGroups.join(", "), "model")
    .option("--csv", "as comma-separated values");
}

/** The flags as the query of the report; days begin at local midnight. Throws invalid-request. */
export function toCostQuery(flags: CostFlags, now: Date): InputOf<"getCost"> {
  const given = [flags.today, flags.week, flags.month, flags.since].filter((flag) => flag !== undefined);
  if (given.length > 1) {
    throw new ProfclawError("invalid-request", "--today, --week, --month and --since exclude each other.", {
      hint: "Leave all but one out.",
    });
  }
  const from = toStart(flags, now);
  return {
    group_by: parseChoice("--by", flags.by, costGroups),
    utc_offset_minutes: -now.getTimezoneOffset(),
    ...(from === undefined ? {} : { from: from.toISOString() }),
  };
}

function toStart(flags: CostFlags, now: Date): Date | undefined {
  const [year, month, day] = [now.getFullYear(), now.getMonth(), now.getDate()];
  if (flags.today === true) return new Date(year, month, day);
  // Monday is 1 and Sunday 0 in JavaScript; the week here begins on Monday.
  if (flags.week === true) return new Date(year, month, day - ((now.getDay() + 6) % 7));
  if (flags.month === true) return new Date(year, month, 1);
  if (flags.since === undefined) return undefined;
  const [, sinceYear, sinceMonth, sinceDay] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(flags.since) ?? [];
  // A bare day is this place's day; JavaScript would take it for UTC's.
  if (sinceYear !== undefined) return new Date(Number(sinceYear), Number(sinceMonth) - 1, Number(sinceDay));
  return new Date(parseSince(flags.since, now.getTime()));
}
