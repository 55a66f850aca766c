import { parseDuration } from "../core/duration.ts";
import { ProfclawError } from "../core/errors.ts";
import { parseUsd } from "../core/money.ts";
import { findNearest } from "../core/nearest.ts";

/** "5m", "90s", "1h30m" or milliseconds → ms. Throws invalid-request, naming the flag. */
export function parseDurationFlag(flag: string, text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms >= 1) return ms;
  throw new ProfclawError("invalid-request", `${flag} is "${text}"; it must be a time.`, {
    hint: `For example: ${flag} 90s, ${flag} 5m, ${flag} 1h30m (a bare number is milliseconds)`,
  });
}

/** A whole number in range. Throws invalid-request, naming the flag. */
export function parseWholeFlag(flag: string, text: string, range: { least: number; most: number }): number {
  const value = /^-?\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= range.least && value <= range.most) return value;
  throw new ProfclawError(
    "invalid-request",
    `${flag} is "${text}"; it must be a whole number, ${range.least} to ${range.most}.`,
    { hint: `For example: ${flag} ${Math.max(range.least, Math.min(range.most, 10))}` },
  );
}

/** A budget in USD, as text: the daemon takes it exactly so. Throws invalid-request, naming the flag. */
export function parseUsdFlag(flag: string, text: string): string {
  const usd = text.replace(/^\$/, "");
  if (parseUsd(usd) !== undefined) return usd;
  throw new ProfclawError(
    "invalid-request",
    `${flag} is "${text}"; it must be an amount in USD above 0, at most 1000000, with up to six decimals.`,
    { hint: `For example: ${flag} 2.00` },
  );
}

/** "a, b,c" → its names; an empty text is none. */
export function parseNameList(text: string): string[] {
  return text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

/** "k=v" pairs; a later one of the same name wins. Throws invalid-request for what is no pair. */
export function parseLabels(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)];
      throw new ProfclawError("invalid-request", `--label is "${pair}"; it must be key=value.`, {
        hint: "For example: --label team=payments",
      });
    }),
  );
}

/** One of a list of words. Throws invalid-request with the list and the nearest. */
export function parseChoice<Choice extends string>(
  flag: string,
  text: string,
  choices: readonly Choice[],
): Choice {
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  const [nearest] = findNearest(text, choices);
  throw new ProfclawError(
    "invalid-request",
    `${flag} is "${text}"; it must be one of ${choices.join(", ")}.`,
    {
      hint:
        nearest === undefined
          ? `For example: ${flag} ${choices[0] ?? ""}`
          : `Did you mean: ${flag} ${nearest}?`,
    },
  );
}
