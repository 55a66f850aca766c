import {
  type Amount,
  type BudgetCover,
  type BudgetStanding,
  noAmount,
  toCovers,
  toLeft,
} from "../core/budget.ts";
import type { SessionId } from "../core/id.ts";
import type { MicroUsd } from "../core/money.ts";
import type { SessionSpec } from "../core/session.ts";
import type { BudgetBook, Reservation } from "./budget-book.ts";

/** What the shares of a session depend on. */
export type Claimant = Pick<SessionSpec, "id" | "parentId" | "budget" | "sharedBudgets" | "tools">;

/**
 * `unlimited`: no limit in money covers it. `none`: nothing is left of `standing`; `forNow` if others, none of
 * them above it, may give some back.
 */
export type AllowanceOutcome =
  | { kind: "unlimited" }
  | { kind: "granted"; microUsd: MicroUsd }
  | { kind: "none"; standing: BudgetStanding; forNow: boolean };

/**
 * Money for sessions whose model calls are not ours to gate: it is set aside when the agent is launched, what is
 * booked lowers it, and the end of the session gives the rest back.
 */
export interface AllowanceBook {
  /** A session lives: until it holds something of its own, shares are left for it. */
  expect(session: Claimant): void;
  /**
   * Its own budget, of which nobody else has a part; of each budget that it shares, and of the limits of day and
   * month, an even share among those that live and hold nothing yet. Where only day and month limit it, never
   * more than one place's part of what is left; where it may spawn others, half: they are to be paid too. Asked
   * again, it gets the same kind of share of what is left now, on top of what it still has.
   */
  grant(session: Claimant): AllowanceOutcome;
  /** What its agent has cost. */
  book(session: Claimant, spent: Amount): void;
  /** What is left of what was set aside for it; null: nothing was. */
  leftOf(id: SessionId): MicroUsd | null;
  /** A limit in tokens that covers it and is used up, `unbooked` of it by this session; null: there is none. */
  findFull(session: Claimant, unbooked: number): BudgetStanding | null;
  /** It has ended. */
  release(id: SessionId): void;
}

export interface AllowanceParts {
  book: BudgetBook;
  /** How many sessions may run at once. */
  places(): number;
  /** What an earlier daemon had set aside for sessions that live. */
  open: readonly { sessionId: SessionId; covers: readonly BudgetCover[]; microUsd: MicroUsd }[];
}

// Less than a cent is no call of any agent.
const leastMicroUsd = 10_000;

export function createAllowanceBook(parts: AllowanceParts): AllowanceBook {
  return new MemoryAllowances(parts);
}

interface Hold {
  reservation: Reservation;
  microUsd: MicroUsd;
}

class MemoryAllowances implements AllowanceBook {
  private readonly parts: AllowanceParts;
  private readonly holds = new Map<SessionId, Hold>();
  /** Those that live, by id, with the keys of their budgets. */
  private readonly living = new Map<SessionId, { parentId: SessionId | null; keys: string[] }>();
  /** By budget: how many live and hold nothing. */
  private readonly claims = new Map<string, number>();

  constructor(parts: AllowanceParts) {
    this.parts = parts;
    for (const { sessionId, covers, microUsd } of parts.open) this.hold(sessionId, covers, microUsd);
  }

  expect(session: Claimant): void {
    if (this.living.has(session.id)) return;
    const keys = ["", ...toCovers(session).map(toKey)];
    this.living.set(session.id, { parentId: session.parentId, keys });
    if (!this.holds.has(session.id)) this.claim(keys, 1);
  }

  grant(session: Claimant): AllowanceOutcome {
    this.expect(session);
    const covers = toCovers(session);
    const all = this.standingsOf(covers);
    const empty = this.findFull(session, 0);
    if (empty !== null) return { kind: "none", standing: empty, forNow: false };
    const standings = all.filter(({ budget }) => budget.microUsd !== null);
    if (standings.length === 0) return { kind: "unlimited" };
    const shares = standings.map((standing) => ({
      standing,
      microUsd: this.share(standing, session, covers),
    }));
    const least = shares.reduce((a, b) => (b.microUsd < a.microUsd ? b : a));
    const before = this.leftOf(session.id) ?? 0;
    if (least.microUsd + before < leastMicroUsd) {
      return { kind: "none", standing: least.standing, forNow: this.mayComeBack(least.standing, session) };
    }
    this.hold(session.id, covers, Math.max(0, least.microUsd));
    return { kind: "granted", microUsd: before + Math.max(0, least.microUsd) };
  }

  book(session: Claimant, spent: Amount): void {
    const hold = this.holds.get(session.id);
    if (hold === undefined) {
      this.parts.book.setAside(toCovers(session), noAmount).settle(spent);
      return;
    }
    hold.reservation.spend(spent);
    hold.microUsd = Math.max(0, hold.microUsd - spent.microUsd);
  }

  leftOf(id: SessionId): MicroUsd | null {
    return this.holds.get(id)?.microUsd ?? null;
  }

  findFull(session: Claimant, unbooked: number): BudgetStanding | null {
    const isFull = (standing: BudgetStanding): boolean => {
      const { tokens } = toLeft(standing);
      return tokens !== null && tokens <= unbooked;
    };
    return this.standingsOf(toCovers(session)).find(isFull) ?? null;
  }

  release(id: SessionId): void {
    const one = this.living.get(id);
    const hold = this.holds.get(id);
    if (one !== undefined && hold === undefined) this.claim(one.keys, -1);
    hold?.reservation.settle(noAmount);
    this.holds.delete(id);
    this.living.delete(id);
  }

  private standingsOf(covers: readonly BudgetCover[]): BudgetStanding[] {
    const { book } = this.parts;
    return [...covers.map((cover) => book.standingOf(cover)), ...Object.values(book.periods())];
  }

  /** On top of what it holds. */
  private hold(id: SessionId, covers: readonly BudgetCover[], microUsd: MicroUsd): void {
    const before = this.holds.get(id);
    const one = this.living.get(id);
    if (before === undefined && one !== undefined) this.claim(one.keys, -1);
    before?.reservation.settle(noAmount);
    const all = microUsd + (before?.microUsd ?? 0);
    const reservation = this.parts.book.setAside(covers, { microUsd: all, tokens: 0 });
    this.holds.set(id, { reservation, microUsd: all });
  }

  private share(standing: BudgetStanding, session: Claimant, covers: readonly BudgetCover[]): MicroUsd {
    const { scope, id, budget, spent, reserved } = standing;
    const free = (budget.microUsd ?? 0) - spent.microUsd - reserved.microUsd;
    const isPeriod = scope === "day" || scope === "month";
    const places = this.parts.places();
    const alone = covers.some((cover) => cover.budget.microUsd !== null) ? 1 : places;
    const waiting = Math.max(1, this.claims.get(isPeriod ? "" : toKey({ scope, id })) ?? 0);
    const sharers = isPeriod ? Math.max(alone, Math.min(waiting, places)) : waiting;
    const left = session.tools.includes("sessions_spawn") ? free / 2 : free;
    return Math.floor(left / (scope === "session" && id === session.id ? 1 : sharers));
  }

  /** Not what those above it hold: they may be waiting for it. */
  private mayComeBack({ reserved }: BudgetStanding, session: Claimant): boolean {
    let above = 0;
    const seen = new Set([session.id]);
    for (
      let id = session.parentId;
      id !== null && !seen.has(id);
      id = this.living.get(id)?.parentId ?? null
    ) {
      seen.add(id);
      above += this.leftOf(id) ?? 0;
    }
    return reserved.microUsd - above - (this.leftOf(session.id) ?? 0) >= leastMicroUsd;
  }

  private claim(keys: readonly string[], change: number): void {
    for (const key of keys) {
      const count = (this.claims.get(key) ?? 0) + change;
      if (count === 0) this.claims.delete(key);
      else this.claims.set(key, count);
    }
  }
}

function toKey({ scope, id }: Pick<BudgetStanding, "scope" | "id">): string {
  return `${scope}:${id}`;
}
