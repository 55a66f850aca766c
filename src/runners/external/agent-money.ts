import { type Amount, type BudgetStanding, noAmount, toLeft } from "../../core/budget.ts";
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
    return {
      type: "wait-start",
      wait: { on: "cool-down", untilMs: now + toPause(journal), madeAtMs: now, detail },
    };
  }
  const detail = `${toRest(standing)} is left of ${name} (${toAmountText(standing.budget)}) for an agent to begin with. ${toAgentWayOut(standing)}`;
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
  const counts = { told: { ...noAmount }, inTurns: { ...noAmount }, hasAnswered: false };
  return {
    heard: (news) => count(counts, news),
    async findOverrun() {
      // What it has used is used, and its answer is there.
      if (counts.hasAnswered) return null;
      const book = await allowances();
      // Its turns are booked and off what is left; what it told beyond them is not.
      const unbooked = toUnbooked(counts);
      const full = book.findFull(session, unbooked.tokens);
      if (full !== null) return toTokensFault(full, unbooked.tokens);
      if (driver.money !== "told") return null;
      const left = (): number | null => book.leftOf(session.id);
      if ((left() ?? Number.POSITIVE_INFINITY) > unbooked.microUsd) return null;
      book.grant(session);
      if ((left() ?? 0) > unbooked.microUsd) return null;
      const spent = toUsdString(Math.max(counts.told.microUsd, counts.inTurns.microUsd));
      const detail = `It was stopped: it has cost $${spent}, and nothing more is left of its budget.`;
      return { code: "budget-exceeded", detail };
    },
  };
}

interface Counts {
  told: Amount;
  inTurns: Amount;
  hasAnswered: boolean;
}

function count(counts: Counts, news: AgentNews): void {
  const { told, inTurns } = counts;
  if (news.kind === "idle") counts.hasAnswered = true;
  else if (news.kind === "turn-start") counts.hasAnswered = false;
  if (news.kind === "spent") {
    told.microUsd = Math.max(told.microUsd, Math.round((news.costUsd ?? 0) * 1e6));
    told.tokens = Math.max(told.tokens, news.tokens ?? 0);
  } else if (news.kind === "turn") {
    inTurns.microUsd += toMicroUsdOf(news);
    inTurns.tokens += (news.usage?.inputTokens ?? 0) + (news.usage?.outputTokens ?? 0);
  }
}

function toUnbooked({ told, inTurns }: Counts): Amount {
  return {
    microUsd: Math.max(0, told.microUsd - inTurns.microUsd),
    tokens: Math.max(0, told.tokens - inTurns.tokens),
  };
}

/** With less than a cent none of them begins. */
function toRest(standing: BudgetStanding): string {
  return (toLeft(standing).microUsd ?? 0) > 0 ? "Less than a cent" : "Nothing";
}

/** What it may put out is the agent's own affair, with most of them. */
function toAgentWayOut(standing: BudgetStanding): string {
  const isPeriod = standing.scope === "day" || standing.scope === "month";
  return isPeriod ? toWayOut(standing) : "Spawn it again with a larger budget.";
}

function toTokensFault(standing: BudgetStanding, unbooked: number): SessionFault {
  const { budget, spent } = standing;
  const name = toBudgetName(standing);
  const detail = `It was stopped: of ${name} (${budget.tokens} tokens) ${spent.tokens + unbooked} are used. ${toAgentWayOut(standing)}`;
  return { code: "budget-exceeded", detail };
}
