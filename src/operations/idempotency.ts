import { createHash } from "node:crypto";
import type { Caller } from "../contract/implement.ts";
import { ProfclawError } from "../core/errors.ts";
import type { BatchId } from "../core/id.ts";
import type { NewBatch, Store } from "../store/store.ts";

const keyLifeMs = 24 * 3_600_000;

/** One request that may be sent again. */
export interface KeyedRequest {
  operation: string;
  caller: Caller;
  /** As it was parsed, the key among it. */
  input: { idempotency_key?: string | undefined };
  now: number;
}

/** Null for a request without a key. The key counts for this caller and operation only. */
export function toIdempotency(request: KeyedRequest): NewBatch["idempotency"] {
  const { idempotency_key: key, ...body } = request.input;
  if (key === undefined) return null;
  return {
    key: `${request.operation}:${toScope(request.caller)}:${key}`,
    bodyHash: toHash(toCanonical(body)),
    expiresAt: request.now + keyLifeMs,
  };
}

/**
 * The batch that this very request has made before. Asked first of all: what has changed since then (a folder
 * that is gone, a budget that is spent) must not turn a lost answer into a refusal.
 */
export async function findReplay(
  store: Store,
  idempotency: NewBatch["idempotency"],
): Promise<BatchId | undefined> {
  if (idempotency === null) return undefined;
  const known = await store.findKey(idempotency.key);
  if (known === undefined) return undefined;
  if (known.bodyHash === idempotency.bodyHash) return known.batchId;
  throw refuseReuse();
}

export function refuseReuse(): ProfclawError {
  return new ProfclawError("idempotency-key-reused", "This idempotency key was used with another request.", {
    pointer: "idempotency_key",
    hint: "Use a new key, or send the same request.",
  });
}

/** A person is one caller, by whichever door; a session is another, and so is a peer. */
export function toScope(caller: Caller): string {
  if (caller.kind === "session") return caller.sessionId;
  return caller.peer === undefined ? "person" : `peer ${caller.peer}`;
}

/** The same JSON in the same words, whatever the order of its keys. */
function toCanonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

export function toHash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
