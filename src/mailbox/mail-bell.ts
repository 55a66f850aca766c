import type { Address } from "../core/message.ts";

/** Wakes who waits for mail in this process. It carries nothing: who is woken reads the store. */
export interface MailBell {
  ring(to: Address): void;
  /** The answer unsubscribes. A listener must be quick and must not throw. */
  listen(to: Address, listener: () => void): () => void;
}

export function createMailBell(): MailBell {
  const listeners = new Map<Address, Set<() => void>>();
  return {
    ring(to) {
      for (const listener of listeners.get(to) ?? []) listener();
    },
    listen(to, listener) {
      const own = listeners.get(to) ?? new Set();
      listeners.set(to, own.add(listener));
      return () => {
        own.delete(listener);
        if (own.size === 0 && listeners.get(to) === own) listeners.delete(to);
      };
    },
  };
}
