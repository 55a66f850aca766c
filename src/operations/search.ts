import type { CallContext } from "../contract/implement.ts";
import type { FoundTextView, SearchInput, SearchView } from "../contract/search-operations.ts";
import { ProfclawError } from "../core/errors.ts";
import type { FoundText, TextQuery } from "../store/search.ts";
import { findBatch, findSession } from "./find-session.ts";
import type { OperationParts } from "./parts.ts";
import { toTimeText } from "./views.ts";

// What was written just now is found; a daemon that has much to catch up with answers all the same.
const stepsBefore = 5;
const entriesPerStep = 400;

/** The texts with these words, those of a session's own tree where a session asks. */
export async function searchTexts(
  parts: OperationParts,
  input: SearchInput,
  { caller }: CallContext,
): Promise<SearchView> {
  const { store } = parts.engineParts;
  const place = await toPlace(parts, input, caller.kind === "session" ? caller.sessionId : null);
  const left = await catchUp(parts);
  const skip = Number(input.cursor ?? 0);
  const { limit, kind, query } = input;
  const kinds = kind === undefined ? {} : { kinds: kind };
  const found = await store.searchTexts({ words: query, ...place, ...kinds, skip, limit: limit + 1 });
  const page = found.slice(0, limit);
  return {
    hits: await Promise.all(page.map((text) => toView(parts, text))),
    next_cursor: found.length > page.length ? String(skip + limit) : null,
    not_yet_searched: left,
  };
}

async function catchUp(parts: OperationParts): Promise<number> {
  let left = 0;
  for (let step = 0; step < stepsBefore; step += 1) {
    left = await parts.engineParts.store.indexTexts(entriesPerStep);
    if (left === 0) break;
  }
  return left;
}

type Place = Pick<TextQuery, "rootId" | "batchId">;

async function toPlace(
  { engineParts: { store } }: OperationParts,
  { scope, of }: SearchInput,
  asker: string | null,
): Promise<Place> {
  const own = asker === null ? null : (await findSession(store, asker)).rootId;
  const wanted = scope ?? (own === null ? "all" : "tree");
  if (wanted === "all") return own === null ? {} : refuseForeign("all");
  if (wanted === "batch") {
    const { id, rootIds } = await readBatch(store, of ?? refuseWithout("batch"));
    return own === null || rootIds.every((rootId) => rootId === own)
      ? { batchId: id }
      : refuseForeign("batch");
  }
  if (of === undefined) return { rootId: own ?? refuseWithout("session") };
  const { rootId } = await findSession(store, of);
  return own === null || rootId === own ? { rootId } : refuseForeign("tree");
}

async function readBatch(
  store: OperationParts["engineParts"]["store"],
  idOrPrefix: string,
): Promise<{ id: string; rootIds: string[] }> {
  const { id } = await findBatch(store, idOrPrefix);
  const { sessions } = await store.listSessions({ batchId: id, limit: 1_000 });
  return { id, rootIds: sessions.map(({ rootId }) => rootId) };
}

function refuseWithout(what: string): never {
  throw new ProfclawError("invalid-request", `Whose texts? Give the ${what} in of.`, {
    pointer: "of",
    hint: "scope=tree&of=<session>, scope=batch&of=<batch>, or scope=all.",
  });
}

function refuseForeign(scope: string): never {
  throw new ProfclawError("policy-denied", "A session searches its own tree only.", {
    pointer: "scope",
    hint: `Leave scope=${scope} out: the default is your own tree.`,
  });
}

const longestTask = 200;

async function toView(parts: OperationParts, found: FoundText): Promise<FoundTextView> {
  const { kind, sessionId, ref, snippet, score, at } = found;
  const { store } = parts.engineParts;
  const session = sessionId === null ? undefined : await store.getSession(sessionId);
  const thread = kind === "note" ? await store.getThread(ref) : undefined;
  return {
    kind,
    session_id: sessionId,
    task: (session?.task ?? thread?.title ?? "").slice(0, longestTask),
    ref,
    snippet,
    score: Math.round(score * 1_000) / 1_000,
    at: toTimeText(at),
    links: {
      ...(sessionId === null ? {} : { session: `/api/agents/sessions/${sessionId}` }),
      ...(thread === undefined ? {} : { thread: `/api/threads/${ref}` }),
    },
  };
}
