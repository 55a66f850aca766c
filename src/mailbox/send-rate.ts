import { ProfclawError } from "../core/errors.ts";
import type { SessionId } from "../core/id.ts";

/** A model in a loop must not fill the mailboxes of all others. */
export interface SendRate {
  /** Throws too-many for who has sent its share. */
  take(sender: SessionId): void;
}

const most = 30;
const perMs = 60_000;

export function createSendRate(clock: { now(): number }): SendRate {
  const sent = new Map<SessionId, number[]>();
  return {
    take(sender) {
      const now = clock.now();
      for (const [id, times] of sent) if ((times.at(-1) ?? 0) <= now - perMs) sent.delete(id);
      const recent = (sent.get(sender) ?? []).filter((at) => at > now - perMs);
      if (recent.length >= most) refuse();
      sent.set(sender, [...recent, now]);
    },
  };
}

function refuse(): never {
  throw new ProfclawError("too-many", `A session broadcasts ${most} times a minute at most.`, {
    hint: "Whisper to the one whom it concerns, or say more in one message.",
  });
}
