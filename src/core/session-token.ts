/** What the token of a session looks like: so it can be told from the admin's, and be kept out of texts. */
const start = "pcs_";
const wholeToken = /\bpcs_[\w-]{43}/g;

/** A token made of 32 random bytes in base64url. */
export function toSessionToken(random: string): string {
  return `${start}${random}`;
}

/** True for what looks like a session's token, given out or not. */
export function isSessionToken(text: string): boolean {
  return text.startsWith(start);
}

/** A text without tokens of sessions: what a command prints is kept, and goes to a provider. */
export function hideSessionTokens(text: string): string {
  return text.includes(start) ? text.replaceAll(wholeToken, "[redacted]") : text;
}
