import { ProfclawError } from "../core/errors.ts";
import { isFullId, isIdPrefix, toShortId } from "../core/id.ts";
import type { SessionRecord } from "../core/session.ts";
import type { BatchSummary, Store } from "../store/store.ts";

const mostCandidates = 6;

/** The session of an id or a unique start of one. Throws not-found or ambiguous-id. */
export async function findSession(store: Store, idOrPrefix: string): Promise<SessionRecord> {
  const id = await findOne(idOrPrefix, "session", (prefix) => store.findSessionIds(prefix, mostCandidates));
  const record = await store.getSession(id);
  return record ?? refuseUnknown(idOrPrefix, "session");
}

/** The batch of an id or a unique start of one. Throws not-found or ambiguous-id. */
export async function findBatch(store: Store, idOrPrefix: string): Promise<BatchSummary> {
  const id = await findOne(idOrPrefix, "batch", (prefix) => store.findBatchIds(prefix, mostCandidates));
  const batch = await store.getBatch(id);
  return batch ?? refuseUnknown(idOrPrefix, "batch");
}

async function findOne(
  text: string,
  what: "session" | "batch",
  search: (prefix: string) => Promise<string[]>,
): Promise<string> {
  const prefix = text.toLowerCase();
  if (isFullId(prefix)) return prefix;
  const found = isIdPrefix(prefix) ? await search(prefix) : [];
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (only === undefined) return refuseUnknown(text, what);
  const shown = found.map((id) => (toShortId(id) === prefix ? id : toShortId(id))).join(", ");
  throw new ProfclawError("ambiguous-id", `More than one ${what} starts with ${text}: ${shown}.`, {
    pointer: "id",
    hint: "Give more characters of the one you mean.",
  });
}

function refuseUnknown(text: string, what: "session" | "batch"): never {
  const list = what === "session" ? "profclaw agent sessions --all" : "profclaw agent sessions --all --json";
  throw new ProfclawError("not-found", `No ${what} is ${JSON.stringify(text.slice(0, 80))}.`, {
    pointer: "id",
    hint: `See the ids with: ${list}`,
  });
}
