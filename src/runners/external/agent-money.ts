import type { JournalEntry, JournalEvent } from "../../core/journal.ts";
import { toUsdString } from "../../core/money.ts";
import type { SessionFault } from "../../core/session.ts";
import type { AllowanceOutcome } from "../../ledger/allowance-book.ts";
import { toAmountText, toBudgetName, toWayOut } from "../../ledger/budget-text.ts";
import type { RunContext } from "../runner.ts";
import type { ExternalParts } from "./agent-program.ts";
import type { AgentDriver, AgentNews } from "./driver.ts";

/** What an agent may spend, or the events by which its session waits or ends instead of a launch. */
export type MoneyOutcome =
  | { kind: "set-aside"; allowedMicroUsd: number | null }
  | { kind: "instead"; events: JournalEvent[] };

const firstWaitMs = 500;
const longestWaitMs = 15_000;

/** Sets aside what the agent may spend, before it is started. */
export async function setAside(
  parts: Pick<ExternalParts, "allowances" | "clock">,
  context: RunContext,
  driver: AgentDriver,
): Promise<MoneyOutcome> {
  if (driver.money === "untold") return { kind: "set-aside", allowedMicroUsd: null };
  const outcome = (await parts.allowances()).grant(context.session);
  switch (outcome.kind) {
    case "unlimited":
      return { kind: "set-aside", allowedMicroUsd: null };
    case "granted":
      return { kind: "set-aside", allowedMicroUsd: outcome.microUsd };
    case "none":
      return { kind: "instead", events: [toNoMoney(outcome, context, parts.clock.now())] };
  }
}

type NoMoney = Extract<AllowanceOutcome, { kind: "none" }>;

function toNoMoney({ standing, forNow }: NoMoney, { journal }: RunContext, now: number): JournalEvent {
  const name = toBudgetName(standing);
  if (forNow) {
    const detail = `All that is left of ${name} is set aside for others that run. It goes on when one of them has ended.`;
    return { type: "wait-start", wait: { on: "cool-down", untilMs: now + toPause(journal), detail } };
  }
  const detail = `Nothing is left of ${name} (${toAmountText(standing.budget)}) for an agent to begin with. ${toWayOut(standing)}`;
  const error = { code: "budget-exceeded", detail };
  return { type: "session-end", end: { status: "failed", reason: "budget", error, result: null } };
}

/** Longer each time: every look costs a few rows. */
function toPause(journal: readonly JournalEntry[]): number {
  const looks = journal.toReversed().findIndex(({ event }) => event.type === "agent-launch");
  const since = looks === -1 ? journal : journal.slice(journal.length - looks);
  const waits = since.filter(({ event }) => event.type === "wait-start").length;
  return Math.min(firstWaitMs * 2 ** Math.min(waits, 10), longestWaitMs);
}

function toMicroUsdOf({ costUsd, priced }: Extract<AgentNews, { kind: "turn" }>): number {
  return costUsd === null ? (priced?.costMicroUsd ?? 0) : Math.round(costUsd * 1e6);
}

/** Watches what an agent says that it costs. */
export interface MoneyWatch {
  heard(news: AgentNews): void;
  /** Why it is stopped: it has spent all that was set aside for it, and nothing more is left. Null: it goes on. */
  findOverrun(): Promise<SessionFault | null>;
}

export function watchMoney(
  { allowances }: Pick<ExternalParts, "allowances">,
  { session }: Pick<RunContext, "session">,
  driver: AgentDriver,
): MoneyWatch {
  let [told, inTurns] = [0, 0];
  return {
    heard(news) {
      if (news.kind === "spent") told = Math.max(told, Math.round(news.costUsd * 1e6));
      else if (news.kind === "turn") inTurns += toMicroUsdOf(news);
    },
    async findOverrun() {
      if (driver.money !== "told") return null;
      const book = await allowances();
      // Its turns are booked and off what is left; what it told beyond them is not.
      const unbooked = Math.max(0, told - inTurns);
      const left = (): number | null => book.leftOf(session.id);
      if ((left() ?? Number.POSITIVE_INFINITY) > unbooked) return null;
      book.grant(session);
      if ((left() ?? 0) > unbooked) return null;
      const spent = toUsdString(Math.max(told, inTurns));
      const detail = `It was stopped: it has cost $${spent}, and nothing more is left of its budget.`;
      return { code: "budget-exceeded", detail };
    },
  };
}
