/** A session's id: UUIDv4, made before launch, the same in REST, MCP and a child's environment. */
export type SessionId = string;

/** A batch's id: UUIDv4. A batch is one spawn request and the addressee of its results. */
export type BatchId = string;

/** Where ids come from; passed in so that tests can count. */
export type IdSource = () => string;

/** v4 and not v7: v7 siblings share the eight characters that people type. */
export const randomId: IdSource = () => globalThis.crypto.randomUUID();

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const prefixPattern = /^[0-9a-f][0-9a-f-]{0,35}$/;

/** True for a whole id. */
export function isFullId(text: string): boolean {
  return uuidPattern.test(text);
}

/** True for anything that could be the start of an id; what is not can match nothing. */
export function isIdPrefix(text: string): boolean {
  return prefixPattern.test(text);
}

/** The eight characters shown to people. */
export function toShortId(id: string): string {
  return id.slice(0, 8);
}
