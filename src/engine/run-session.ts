import { createDeferred } from "../core/deferred.ts";
import type { JournalEntry, JournalEvent } from "../core/journal.ts";
import type { SessionEnd, SessionFault, SessionRecord, Wait } from "../core/session.ts";
import { redactSecrets } from "../providers/redact.ts";
import type { AbortCause, RunContext, Runner } from "../runners/runner.ts";
import { type EndCause, findLastText, toAbortEnd, toCutOffCalls } from "./abort-end.ts";
import type { EngineParts } from "./engine-parts.ts";
import type { Interruption } from "./interruption.ts";
import type { LiveSession } from "./live-table.ts";
import { type FolderOrder, prepareFolder } from "./prepare-folder.ts";
import { readJournalToFold, readWholeJournal } from "./read-journal.ts";
import { onceThereIsRoom } from "./once-there-is-room.ts";
import { type Recorder, createRecorder } from "./recorder.ts";
import { readSessionRules } from "./session-rules.ts";
import { createSessionsPort, readChildren } from "./sessions-port.ts";
import type { Spawner } from "./spawner.ts";
import { toTrace } from "./witness.ts";

/** How a session's time in its slot was over. */
export type RunOutcome =
  | { kind: "ended"; end: SessionEnd }
  | { kind: "parked"; wait: Wait }
  /** It would have ended, but mail has come: another run reads it. */
  | { kind: "again" }
  /** The daemon drains, or another one took over: the next start goes on from the journal. */
  | { kind: "left" };

/** What a run needs beside the engine's parts. */
export interface RunControls {
  spawner: Spawner;
  abort: AbortController;
  interruption: Interruption;
  isDraining(): boolean;
  /** Its agent's program has said its first word. */
  noteStarted(): void;
}

// Long enough to kill a process group; a runner that has not returned by then is left behind.
const abortGraceMs = 800;

/** Runs a session in its slot: claim, run, record, settle. Rejects only when the store does. */
export async function runSession(
  parts: EngineParts,
  live: LiveSession,
  controls: RunControls,
): Promise<RunOutcome> {
  const session = await parts.store.getSession(live.id);
  if (session === undefined) return { kind: "left" };
  const first = createRecorder(parts, session, null);
  const claimed = await first.record(toClaim(parts, session));
  if (claimed !== "written") return { kind: "left" };
  // What it may run for begins after that: whoever gave it five minutes did not mean the making of its folder.
  const unfit = await prepareFolder(
    parts,
    toFolderOrder(parts, { live, session, recorder: first, controls }),
  ).catch(() => null);
  if (unfit !== null) return endWithoutFolder(first, unfit);
  const recorder = createRecorder(parts, session, parts.clock.elapsedMs());
  const disarm = parts.clock.after(Math.max(1, session.timeoutMs - session.ranMs), () =>
    controls.abort.abort("timeout" satisfies AbortCause),
  );
  try {
    return await followRunner({ parts, live, session, recorder, controls });
  } finally {
    disarm();
  }
}

function toClaim(parts: EngineParts, session: SessionRecord): JournalEvent[] {
  const start: JournalEvent = { type: "session-start", epoch: parts.store.epoch };
  return session.status === "waiting" ? [{ type: "wait-end" }, start] : [start];
}

interface Run {
  parts: EngineParts;
  live: LiveSession;
  session: SessionRecord;
  recorder: Recorder;
  controls: RunControls;
}

async function followRunner(run: Run): Promise<RunOutcome> {
  const { parts, session, controls } = run;
  const runner = parts.runners.get(session.agent) ?? parts.external?.runner;
  if (runner === undefined) return settle(run, "crash", `No runner for agent ${session.agent}.`);
  const journal = await readJournalToFold(parts.store, session);
  const fault = await recordUntilOver(run, startRunner(run, runner, journal));
  if (fault !== null && typeof fault === "object") return fault;
  const cause = controls.abort.signal.aborted ? (controls.abort.signal.reason as AbortCause) : null;
  if (cause === "shutdown" || (cause === null && fault === null)) return { kind: "left" };
  return settle(run, cause ?? "crash", fault ?? undefined);
}

function toFolderOrder(
  parts: EngineParts,
  { live, session, recorder, controls }: Omit<Run, "parts">,
): FolderOrder {
  return {
    session,
    signal: controls.abort.signal,
    async note(step) {
      await recorder.record([{ type: "folder-setup", step }]);
    },
    show: (text) => showActivity(parts, live, text),
  };
}

function showActivity(parts: EngineParts, live: LiveSession, text: string): void {
  live.activity = text;
  parts.hub.publish({ kind: "live", sessionId: live.id, event: { type: "activity", text } });
}

type RunnerSteps = AsyncGenerator<readonly JournalEvent[], void, void>;

/** The outcome; or what the runner threw; or null when it returned without an end. */
async function recordUntilOver(run: Run, steps: RunnerSteps): Promise<RunOutcome | string | null> {
  try {
    return await recordSteps(run, steps);
  } finally {
    // A run that is let go of gives back what it holds, at the latest when its present step ends.
    void steps.return().catch(() => undefined);
  }
}

async function recordSteps(run: Run, steps: RunnerSteps): Promise<RunOutcome | string | null> {
  const { signal } = run.controls.abort;
  for (;;) {
    const step = await pullStep(steps, signal).catch((error: unknown) => toFaultText(run, error));
    if (typeof step === "string") return step;
    if (step === null || step.done === true) return null;
    const recorded = await run.recorder.record(step.value);
    if (recorded !== "written") return { kind: recorded === "mail" ? "again" : "left" };
    const last = step.value.at(-1);
    if (last?.type === "session-end") return { kind: "ended", end: last.end };
    if (last?.type === "wait-start") return { kind: "parked", wait: last.wait };
  }
}

/** The runner's next step, or null if it does not come to an end after an abort. */
async function pullStep(
  steps: RunnerSteps,
  signal: AbortSignal,
): Promise<IteratorResult<readonly JournalEvent[], void> | null> {
  const gone = createDeferred<null>();
  const onAbort = (): void => void setTimeout(() => gone.resolve(null), abortGraceMs).unref();
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([steps.next(), gone.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function toFaultText(run: Run, error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const { id: sessionId, batchId } = run.session;
  run.parts.log(`the runner threw: ${text}`, { level: "error", sessionId, batchId });
  return redactSecrets(error instanceof Error ? error.message : String(error));
}

function startRunner(run: Run, runner: Runner, journal: readonly JournalEntry[]): RunnerSteps {
  const { parts, session, live, controls } = run;
  const context: RunContext = {
    session,
    journal,
    signal: controls.abort.signal,
    isDraining: () => controls.isDraining(),
    noteStarted: () => controls.noteStarted(),
    trace: toTrace(parts, session),
    sessions: createSessionsPort(parts, session, controls.spawner),
    protectedPaths: parts.protectedPaths,
    path: parts.path,
    // A call for which there is no room yet has not failed: its model would be told that it has.
    identify: () => onceThereIsRoom(parts.clock, () => parts.tokens.environmentOf(session)),
    readAnswer: async (number) => (await parts.store.getApproval(session.id, number))?.answer ?? null,
    readMail: (moment) =>
      parts.store.listMessages({
        to: session.id,
        unackedOnly: true,
        withoutQueued: moment === "between-turns",
        limit: 100,
      }),
    interruption: () => controls.interruption.signal(),
    readRules: () => readSessionRules(parts, session),
    readChildren: () => readChildren(parts.store, session.id),
    putArtifact(name, text) {
      const artifact = { id: parts.newId(), sessionId: session.id, name, text, createdAt: parts.clock.now() };
      return onceThereIsRoom(parts.clock, () => parts.store.putArtifact(artifact));
    },
    showLive(event) {
      if (event.type === "activity") return showActivity(parts, live, event.text);
      parts.hub.publish({ kind: "live", sessionId: session.id, event });
    },
  };
  return runner.run(context);
}

async function endWithoutFolder(recorder: Recorder, error: SessionFault): Promise<RunOutcome> {
  const end: SessionEnd = { status: "failed", reason: "worktree", error, result: null };
  const recorded = await recorder.record([{ type: "session-end", end }]);
  return recorded === "written" ? { kind: "ended", end } : { kind: "left" };
}

async function settle(run: Run, cause: EndCause, detail?: string): Promise<RunOutcome> {
  const journal = await readWholeJournal(run.parts.store, run.session.id);
  const text = findLastText(journal);
  const end = toAbortEnd(run.session, cause, detail === undefined ? { text } : { text, detail });
  const recorded = await run.recorder.record([...toCutOffCalls(journal), { type: "session-end", end }]);
  return recorded === "written" ? { kind: "ended", end } : { kind: "left" };
}
