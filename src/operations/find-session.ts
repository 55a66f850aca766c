import { ProfclawError } from "../core/errors.ts";
import type { FlowRecord } from "../core/flow/flow.ts";
import { isFullId, isIdPrefix, toShortId } from "../core/id.ts";
import type { SessionRecord } from "../core/session.ts";
import type { Thread } from "../core/thread.ts";
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

/** The thread of an id or a unique start of one. Throws not-found or ambiguous-id. */
export async function findThread(store: Store, idOrPrefix: string): Promise<Thread> {
  const id = await findOne(idOrPrefix, "thread", (prefix) => store.findThreadIds(prefix, mostCandidates));
  return (await store.getThread(id)) ?? refuseUnknown(idOrPrefix, "thread");
}

/** The flow of an id or a unique start of one. Throws not-found or ambiguous-id. */
export async function findFlow(store: Store, idOrPrefix: string): Promise<FlowRecord> {
  const id = await findOne(idOrPrefix, "flow", (prefix) => store.findFlowIds(prefix, mostCandidates));
  return (await store.getFlow(id)) ?? refuseUnknown(idOrPrefix, "flow");
}

/** What can be picked up: a thread or a session. Throws not-found or ambiguous-id. */
export async function findCandidateId(
  store: Store,
  idOrPrefix: string,
): Promise<{ id: string; kind: "thread" | "session" }> {
  const id = await findOne(idOrPrefix, "candidate", async (prefix) => [
    ...(await store.findThreadIds(prefix, mostCandidates)),
    ...(await store.findSessionIds(prefix, mostCandidates)),
  ]);
  if ((await store.getThread(id)) !== undefined) return { id, kind: "thread" };
  if ((await store.getSession(id)) !== undefined) return { id, kind: "session" };
  return refuseUnknown(idOrPrefix, "candidate");
}

type Findable = "session" | "batch" | "thread" | "flow" | "candidate";

async function findOne(
  text: string,
  what: Findable,
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

const lists: Readonly<Record<Findable, string>> = {
  session: "profclaw agent sessions --all",
  batch: "profclaw agent sessions --all --json",
  flow: "profclaw flow list",
  thread: "GET /api/threads",
  candidate: "GET /api/candidates",
};

function refuseUnknown(text: string, what: Findable): never {
  const list = lists[what];
  throw new ProfclawError("not-found", `No ${what} is ${JSON.stringify(text.slice(0, 80))}.`, {
    pointer: "id",
    hint: `See the ids with: ${list}`,
  });
}
