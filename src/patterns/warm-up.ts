import type { Clock } from "../core/clock.ts";
import type { FlowRow } from "../core/flow/flow.ts";
import type { SessionId } from "../core/id.ts";
import type { Prepared, SessionOrder } from "./spawn-orders.ts";

/** Fewer siblings are not worth the wait. */
const fewestSiblings = 4;
const patienceMs = 20_000;

/**
 * Of many siblings one goes ahead until its first model call is over: what they have in common, tools and system
 * text, is in the provider's cache then, and the others read it from there instead of paying for it.
 */
export class WarmUp {
  private readonly warm = new Set<string>();
  /** The session that goes ahead, and its step. */
  private readonly ahead = new Map<SessionId, string>();
  private readonly disarms: (() => void)[] = [];
  private readonly clock: Clock;
  private readonly isWarm: () => void;

  /** `isWarm` is called when siblings may follow. */
  constructor(clock: Clock, isWarm: () => void) {
    this.clock = clock;
    this.isWarm = isWarm;
  }

  /** Those of the orders that may be carried out now; the others are ordered again. */
  choose(orders: readonly SessionOrder[], rows: readonly FlowRow[]): SessionOrder[] {
    const siblings = new Map<string, SessionOrder[]>();
    for (const order of orders) {
      const { step } = order.unit;
      if (isSibling(order)) siblings.set(step, [...(siblings.get(step) ?? []), order]);
    }
    const held = new Set<SessionOrder>();
    for (const [step, group] of siblings) {
      const isCold = !this.warm.has(step) && group.length >= fewestSiblings && this.isCold(step, rows);
      const waiting = isCold && [...this.ahead.values()].includes(step) ? group : group.slice(1);
      if (isCold) for (const order of waiting) held.add(order);
    }
    return orders.filter((order) => !held.has(order));
  }

  /** Nobody of the step has got anywhere; siblings that run without one ahead were there before a restart. */
  private isCold(step: string, rows: readonly FlowRow[]): boolean {
    const own = rows.filter((row) => row.step === step);
    return (
      own.every(({ sessionId }) => sessionId !== null && this.ahead.has(sessionId)) && own.every(isRunning)
    );
  }

  /** Notes who goes ahead; before it is spawned, so that nothing of it is missed. */
  noteStart(
    prepared: readonly Prepared[],
    chosen: readonly SessionOrder[],
    all: readonly SessionOrder[],
  ): void {
    for (const { row, spec } of prepared) {
      const isAlone = chosen.filter(({ unit }) => unit.step === row.step).length === 1;
      const hasOthers = all.filter(({ unit }) => unit.step === row.step).length >= fewestSiblings;
      if (spec === undefined || !isAlone || !hasOthers) continue;
      this.ahead.set(spec.id, row.step);
      this.disarms.push(this.clock.after(patienceMs, () => this.follow(spec.id)));
    }
  }

  isAhead(id: SessionId): boolean {
    const step = this.ahead.get(id);
    return step !== undefined && !this.warm.has(step);
  }

  /** Its siblings may go now. */
  follow(id: SessionId): void {
    const step = this.ahead.get(id);
    if (step === undefined || this.warm.has(step)) return;
    this.warm.add(step);
    this.isWarm();
  }

  close(): void {
    for (const disarm of this.disarms) disarm();
  }
}

function isRunning({ status }: FlowRow): boolean {
  return status === "running";
}

/** Sessions of one step have the same beginning; a program of its own has its own cache. */
function isSibling({ unit, part, attempt }: SessionOrder): boolean {
  const { agent = "builtin" } = unit.session;
  return part === "work" && attempt === 1 && agent === "builtin";
}
