import type { CallContext } from "../contract/implement.ts";
import type { ResumeInput } from "../contract/living-operations.ts";
import type { AcceptedBatchView } from "../contract/session-operations.ts";
import { ProfclawError } from "../core/errors.ts";
import { goOnText } from "../core/go-on.ts";
import { toShortId } from "../core/id.ts";
import type { JournalEntry } from "../core/journal.ts";
import { type SessionRecord, isEndStatus } from "../core/session.ts";
import { foldTranscript } from "../core/transcript.ts";
import { requireAfterwards } from "../engine/resolve-agent.ts";
import { toNextLife } from "../engine/next-life.ts";
import { readWholeJournal } from "../engine/read-journal.ts";
import { toAcceptedView } from "./accepted-view.ts";
import { toBudget } from "../engine/to-session-request.ts";
import { findBatch, findSession } from "./find-session.ts";
import { refuseReuse, toHash, toIdempotency } from "./idempotency.ts";
import { refuseToDrive } from "./may-drive.ts";
import type { OperationParts } from "./parts.ts";

/** Brings an ended session back to the queue, under its own id. Of two requests at once, one is refused. */
export async function resumeSession(
  parts: OperationParts,
  input: ResumeInput,
  context: CallContext,
): Promise<AcceptedBatchView> {
  const { store } = parts.engineParts;
  const record = await findSession(store, input.id);
  refuseToDrive(context.caller, record);
  const journal = await readWholeJournal(store, record.id);
  const mark = toKeyMark(input, record, context);
  if (isRepetition(journal, mark)) return toView(parts, record.id);
  refuseUnfit(record);
  requireAfterwards(parts.engineParts, record.agent, "resume");
  const text = input.message ?? (await findNudge(parts, record, journal));
  const spec = await toNextLife(parts.engineParts, record, {
    budget: toBudget(input),
    maxTurns: input.max_turns,
    timeoutMs: input.timeout,
  });
  await context.recheckCaller();
  const event = {
    type: "session-resume" as const,
    text,
    key: mark === null ? null : `${mark.key}.${mark.body}`,
  };
  if (!(await parts.engine.resume({ spec, at: parts.clock.now(), event }))) {
    refuseAlive(await findSession(store, record.id));
  }
  return toView(parts, record.id);
}

/** Who sent it under which key, and what: the two halves of what the journal keeps of a request's key. */
function toKeyMark(input: ResumeInput, record: SessionRecord, { caller }: CallContext): KeyMark | null {
  const request = { ...input, id: record.id };
  const keyed = toIdempotency({ operation: "sessions.resume", caller, input: request, now: 0 });
  return keyed === null ? null : { key: toHash(keyed.key), body: keyed.bodyHash };
}

interface KeyMark {
  key: string;
  body: string;
}

/** True if this very request was carried out before: only its answer was lost. */
function isRepetition(journal: readonly JournalEntry[], mark: KeyMark | null): boolean {
  if (mark === null) return false;
  const keys = journal.map(({ event }) => (event.type === "session-resume" ? event.key : null));
  const known = keys.find((key) => key?.startsWith(`${mark.key}.`) === true);
  if (known === undefined) return false;
  if (known === `${mark.key}.${mark.body}`) return true;
  throw refuseReuse();
}

function refuseUnfit(record: SessionRecord): void {
  if (!isEndStatus(record.status)) refuseAlive(record);
  if (record.reason !== "lost") return;
  throw new ProfclawError(
    "invalid-request",
    `What session ${record.id} did last is not known: going on could do it twice.`,
    { pointer: "id", hint: `Start it anew: profclaw agent retry ${toShortId(record.id)}` },
  );
}

function refuseAlive({ id, status }: SessionRecord): never {
  throw new ProfclawError("session-alive", `Session ${id} has not ended (${status}).`, {
    pointer: "id",
    hint: `Write to it: profclaw agent send ${toShortId(id)} "…"`,
  });
}

/** What it is told that was given nothing more to do. A completed session has to have mail at least. */
async function findNudge(
  parts: OperationParts,
  record: SessionRecord,
  journal: readonly JournalEntry[],
): Promise<string> {
  const { store } = parts.engineParts;
  const mail = await store.listMessages({ to: record.id, unackedOnly: true, limit: 1 });
  if (mail.length > 0 || foldTranscript(record.task, journal).hasNews) return "";
  if (record.status !== "completed") return goOnText;
  throw new ProfclawError(
    "invalid-request",
    `Session ${record.id} has completed; there is nothing more to do.`,
    {
      pointer: "message",
      hint: `Say what: profclaw agent resume ${toShortId(record.id)} "…"`,
    },
  );
}

async function toView(parts: OperationParts, id: string): Promise<AcceptedBatchView> {
  const { store } = parts.engineParts;
  const record = await findSession(store, id);
  const { budget } = await findBatch(store, record.batchId);
  return toAcceptedView(parts, { id: record.batchId, budget, records: [record], warnings: [] });
}
