import type { Env } from "../../config/environment.ts";
import { redactSecrets } from "../../providers/redact.ts";

/** What must not be said: told by value as it becomes known, and by its looks in any case. */
export interface SecretBook {
  /** `list` is asked for each text: keys come and go while a daemon runs. */
  add(list: () => readonly string[]): void;
  /** A text without them. */
  redact(this: void, text: string): string;
}

const secretName = /(?:^|_)(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?)$/i;
// Shorter ones are words: their place in a text says nothing, and a log without them would say less.
const leastLength = 8;

/** Knows from the start what stands in variables that are called like a secret. */
export function createSecretBook(env: Env): SecretBook {
  const ofEnv = Object.entries(env).flatMap(([name, value]) =>
    secretName.test(name) && value !== undefined && value.length >= leastLength ? [value] : [],
  );
  const lists: (() => readonly string[])[] = [() => ofEnv];
  return {
    add: (list) => void lists.push(list),
    redact(text) {
      const known = lists.flatMap((list) => list()).filter(({ length }) => length >= leastLength);
      // Where one is the beginning of another, the longer goes first: nothing of it may be left.
      return redactSecrets(
        text,
        known.toSorted((a, b) => b.length - a.length),
      );
    },
  };
}
