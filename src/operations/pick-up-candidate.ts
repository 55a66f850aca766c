import type { PickUpInput, PickUpView } from "../contract/candidate-operations.ts";
import type { CallContext } from "../contract/implement.ts";
import type { AcceptedBatchView } from "../contract/session-operations.ts";
import { toRetryPlan, toThreadPlan } from "../core/pickup-plan.ts";
import type { SessionRecord } from "../core/session.ts";
import type { Thread } from "../core/thread.ts";
import { readWholeJournal } from "../engine/read-journal.ts";
import { findPickable, takeClaim, toClaimView } from "./candidates.ts";
import { retryWithPlan } from "./copy-session.ts";
import { createSessions, toReplayedView } from "./create-sessions.ts";
import type { OperationParts } from "./parts.ts";

/** A claim that is about to be spawned from holds as long as that may take. */
const spawnLeaseSeconds = 60;

interface PickUp {
  input: PickUpInput;
  /** With the id that the batch is to have: the claim knows it before there is a batch. */
  context: CallContext & { batchId: string };
  found: Awaited<ReturnType<typeof findPickable>>;
}

/**
 * Claims it under the id of the batch to come, then spawns that: whoever dies in between leaves a claim that runs
 * out, and whoever repeats the request under its key or with the claim's id gets the one batch there is.
 */
export async function pickUpCandidate(
  parts: OperationParts,
  input: PickUpInput,
  context: CallContext,
): Promise<PickUpView> {
  const found = await findPickable(parts, input.id, context.caller);
  return parts.engine.inTurn(`pickup ${found.id}`, async () => {
    await context.recheckCaller();
    const wanted = { ...input, id: found.id, lease_s: spawnLeaseSeconds };
    const batchId = parts.engineParts.newId();
    const held = await takeClaim(parts, context.caller, { ...wanted, batchId });
    const owned = held.batchId ?? batchId;
    const batch = await spawn(parts, { input, found, context: { ...context, batchId: owned } }).catch(
      async (error: unknown) => {
        await parts.engineParts.store.releaseClaim({ id: held.id, candidateId: found.id });
        throw error;
      },
    );
    return { ...batch, claim: toClaimView(held) };
  });
}

async function spawn(parts: OperationParts, pickUp: PickUp): Promise<AcceptedBatchView> {
  const { batchId } = pickUp.context;
  const { store } = parts.engineParts;
  if ((await store.getBatch(batchId)) !== undefined) return toReplayedView(parts, batchId);
  return "thread" in pickUp.found
    ? spawnThread(parts, pickUp, pickUp.found.thread)
    : retry(parts, pickUp, pickUp.found.session);
}

async function spawnThread(
  parts: OperationParts,
  { input, context }: PickUp,
  thread: Thread,
): Promise<AcceptedBatchView> {
  const notes = await parts.engineParts.store.listNotes(thread.id);
  const { provider, model, max_turns, timeout, budget_usd } = input;
  const task = toThreadPlan(thread, notes, input.message);
  return createSessions(
    parts,
    { sessions: [{ task, provider, model, max_turns, timeout, budget_usd }], cwd: thread.cwd },
    context,
  );
}

async function retry(
  parts: OperationParts,
  { input, context }: PickUp,
  source: SessionRecord,
): Promise<AcceptedBatchView> {
  const { id, task, status, error } = source;
  const earlier = {
    id,
    task,
    status,
    error: error === null ? "" : `${error.code}: ${error.detail}`,
    lastWords: await readLastWords(parts, id),
  };
  const { provider, model, max_turns, timeout, budget_usd } = input;
  const retrying = { id, provider, model, max_turns, timeout, budget_usd };
  const plan = toRetryPlan(earlier, input.message);
  return retryWithPlan(parts, { input: retrying, context, source, task: plan });
}

async function readLastWords({ engineParts: { store } }: OperationParts, id: string): Promise<string> {
  const journal = await readWholeJournal(store, id);
  const texts = journal.flatMap(({ event }) => {
    if (event.type !== "turn-end") return [];
    const said = event.content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
    return said.trim() === "" ? [] : [said];
  });
  return texts.at(-1) ?? "";
}
