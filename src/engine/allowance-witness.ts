import type { Amount } from "../core/budget.ts";
import type { JournalEvent } from "../core/journal.ts";
import type { AllowanceBook } from "../ledger/allowance-book.ts";
import type { Ledger } from "../ledger/open-ledger.ts";
import type { Witness } from "./witness.ts";

/**
 * Tells the budgets what agents that are programs of their own have cost, once it is on disk, and who lives. The
 * calls of our own loop are booked by the gate that they pass.
 */
export function createAllowanceWitness(
  ledger: Pick<Ledger, "openAllowances">,
  isOurs: (agent: string) => boolean,
): Witness {
  const tell = (say: (book: AllowanceBook) => void): void =>
    // A store that can not be read now is read again by the next one who asks, with all of this in it.
    void ledger.openAllowances().then(say, () => undefined);
  return {
    accepted: (sessions) => tell((book) => sessions.forEach((session) => book.expect(session))),
    recorded({ session, events }) {
      const hasEnded = events.some(({ type }) => type === "session-end");
      const spent = isOurs(session.agent) ? [] : events.flatMap(toSpent);
      if (!hasEnded && spent.length === 0) return;
      tell((book) => {
        for (const amount of spent) book.book(session, amount);
        if (hasEnded) book.release(session.id);
      });
    },
  };
}

function toSpent(event: JournalEvent): Amount[] {
  if (event.type !== "turn-end") return [];
  const { inputTokens, outputTokens } = event.usage;
  return [{ microUsd: event.costMicroUsd ?? 0, tokens: inputTokens + outputTokens }];
}
