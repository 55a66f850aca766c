import type { SessionId } from "../../core/id.ts";
import type { LaneFault } from "./wait-text.ts";

/** A session that was told to come again. */
export interface Guest {
  readonly sessionId: SessionId;
  /** Lower came first. */
  readonly ticket: number;
  /** True if its call failed: it has had its turn before, and goes before those that had none. */
  readonly isReturning: boolean;
  /** When it was told to come, ms since the epoch. */
  untilMs: number;
  /** Its own delay after a failed call; before that it does not go, whatever is free. */
  notBeforeMs: number;
  /** Its failed calls in a row, and what the last one failed of. */
  failures: number;
  fault: LaneFault | null;
  /** How often it came in time and found no place. */
  turnedAway: number;
  /** What its call takes of a tokens-per-minute limit. */
  tokens: number;
}

/** What is free: places, calls of this minute, tokens of this minute. */
export interface Room {
  places: number;
  requests: number;
  tokens: number;
}

/** Who asks for how much of what. */
export interface Wish {
  guest: Guest | undefined;
  room: Room;
  tokens: number;
  /** How much earlier a place is kept for a guest, each time that it was turned away, ms. */
  keepStepMs: number;
}

// Long enough to get a slot and read a journal; a place kept longer would stand empty for nobody.
const graceMs = 1_000;
const forgetAfterMs = 60_000;

/**
 * Those who wait for a lane, in the order in which they came. Nobody can be called: everybody comes back at
 * a time of its own. So a free place goes to whoever is there, except that as many places are kept as
 * there are earlier ones due now, or soon: the sooner, the oftener they were turned away. So waiting ends.
 */
export class WaitingLine {
  private readonly returning = new Queue(true);
  private readonly fresh = new Queue(false);

  get size(): number {
    return this.returning.guests.size + this.fresh.guests.size;
  }

  get(sessionId: SessionId): Guest | undefined {
    return this.returning.guests.get(sessionId) ?? this.fresh.guests.get(sessionId);
  }

  /** Takes a place at the end, or keeps the one it has. */
  join(sessionId: SessionId): Guest {
    return this.get(sessionId) ?? this.fresh.add(sessionId);
  }

  /** A session whose call failed comes again, before those whose first call is still to come. */
  comeBack(sessionId: SessionId): Guest {
    this.fresh.delete(sessionId);
    return this.returning.guests.get(sessionId) ?? this.returning.add(sessionId);
  }

  leave(sessionId: SessionId): void {
    this.returning.delete(sessionId);
    this.fresh.delete(sessionId);
  }

  /** About how many are before it. */
  rankOf(guest: Guest): number {
    if (guest.isReturning) return this.returning.rankOf(guest);
    return this.returning.guests.size + this.fresh.rankOf(guest);
  }

  /** True if the room is enough for it and for all before it that are to come for theirs. */
  mayGo({ guest, room, tokens, keepStepMs }: Wish, nowMs: number): boolean {
    let { places, requests, tokens: tokensLeft } = room;
    const fits = (): boolean => places >= 1 && requests >= 1 && tokensLeft >= tokens;
    for (const other of this.all()) {
      if (other === guest || !fits()) break;
      if (!isClaiming(other, keepStepMs, nowMs)) continue;
      places -= 1;
      requests -= 1;
      tokensLeft -= other.tokens;
    }
    return fits();
  }

  /** Forgets who did not come back: cancelled, or ended otherwise. */
  sweep(nowMs: number): void {
    for (const guest of this.all()) {
      if (nowMs > guest.untilMs + forgetAfterMs) this.leave(guest.sessionId);
    }
  }

  private *all(): Iterable<Guest> {
    yield* this.returning.guests.values();
    yield* this.fresh.guests.values();
  }
}

/** Guests by ticket: a map keeps the order in which they came. */
class Queue {
  readonly guests = new Map<SessionId, Guest>();
  private readonly isReturning: boolean;
  private nextTicket = 0;
  private gone = 0;

  constructor(isReturning: boolean) {
    this.isReturning = isReturning;
  }

  add(sessionId: SessionId): Guest {
    const guest: Guest = {
      sessionId,
      ticket: this.nextTicket,
      isReturning: this.isReturning,
      untilMs: 0,
      notBeforeMs: 0,
      failures: 0,
      fault: null,
      turnedAway: 0,
      tokens: 0,
    };
    this.nextTicket += 1;
    this.guests.set(sessionId, guest);
    return guest;
  }

  delete(sessionId: SessionId): void {
    if (this.guests.delete(sessionId)) this.gone += 1;
  }

  /** Without a count: those that left are taken to have been the first ones. */
  rankOf({ ticket }: Guest): number {
    return Math.min(Math.max(0, ticket - this.gone), Math.max(0, this.guests.size - 1));
  }
}

function isClaiming({ untilMs, notBeforeMs, turnedAway }: Guest, keepStepMs: number, nowMs: number): boolean {
  if (nowMs < notBeforeMs || nowMs > untilMs + graceMs) return false;
  return nowMs >= untilMs - turnedAway * keepStepMs;
}
