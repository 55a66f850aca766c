/**
 * What a failed call says of the lane it went over.
 * - `refusal`: the provider has too much to do (429, 529); less should be sent
 * - `quota`: nothing goes until the time it named
 * - `fault`: 5xx, no connection, silence; nobody's wish
 * - `spoiled`: an answer came and was unusable; about the call, not about the lane
 * - `alive`: a plain no; the provider works, and asking again would not help
 * - `neutral`: ended by ourselves, or never made
 */
export type FailureKind = "refusal" | "quota" | "fault" | "spoiled" | "alive" | "neutral";

const kinds: Readonly<Record<string, FailureKind>> = {
  "rate-limited": "refusal",
  overloaded: "refusal",
  "server-error": "fault",
  network: "fault",
  timeout: "fault",
  "cut-off": "spoiled",
  malformed: "spoiled",
  auth: "alive",
  "bad-request": "alive",
  "context-length": "alive",
  "not-found": "alive",
};

/** The kind of a fault code. A quota comes back by itself only where the provider says when. */
export function toFailureKind({
  code,
  retryAfterMs,
}: {
  code: string;
  retryAfterMs: number | null;
}): FailureKind {
  if (code === "quota") return retryAfterMs === null ? "alive" : "quota";
  return kinds[code] ?? "neutral";
}

/** Codes of waits that the provider itself asks for: these get hours of patience, not a minute. */
export function isCoolDownCode(code: string): boolean {
  return code === "quota" || kinds[code] === "refusal";
}

/** Codes after which a call may be made again. */
export function isRetriedCode(code: string): boolean {
  const kind = kinds[code];
  return code === "quota" || kind === "refusal" || kind === "fault" || kind === "spoiled";
}
