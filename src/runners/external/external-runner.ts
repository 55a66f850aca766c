import { stat } from "node:fs/promises";
import { join } from "node:path";
import { ProfclawError } from "../../core/errors.ts";
import type { AgentWire, JournalEntry, JournalEvent } from "../../core/journal.ts";
import type { SessionId } from "../../core/id.ts";
import type { SessionFault } from "../../core/session.ts";
import {
  type RecordedProgram,
  adoptRecorded,
  startRecorded,
} from "../../sandbox/recorded/recorded-program.ts";
import { readNews } from "../agent/read-news.ts";
import type { RunContext, Runner } from "../runner.ts";
import { toTurn, toTurnStart } from "./agent-fold.ts";
import type { AgentDriver, LaunchPlan } from "./driver.ts";
import { setAside } from "./agent-money.ts";
import type { AgentProgram, ExternalParts } from "./agent-program.ts";
import { countLeft, hasNoHost, isToMove } from "./left-program.ts";
import { followAgent } from "./follow-agent.ts";
import { toFollowUp } from "./follow-up.ts";

type ExternalSteps = AsyncGenerator<readonly JournalEvent[], AgentProgram | null, void>;

// P6: an agent lives on without a daemon for that long, to be adopted.
const abandonMs = 600_000;
// Time to write its own files after SIGTERM; with the sweep it must stay under a second.
const graceMs = 300;
// Nobody else comes to a program that one session has alone.
const aloneIdleMs = 1_000;

/** Runs sessions whose agent is a program of its own, under a recorder that outlives the daemon. */
export function createExternalRunner(parts: ExternalParts): Runner {
  return { agent: "external", run: (context) => runExternal(parts, context) };
}

async function* runExternal(
  parts: ExternalParts,
  context: RunContext,
): AsyncGenerator<readonly JournalEvent[], void, void> {
  const opened = yield* openProgram(parts, context);
  if (opened !== null) yield* followAgent(parts, context, opened);
}

function toGone(agent: string): SessionFault {
  const detail = `Agent "${agent}" is not here any more. profclaw agent list shows those that are.`;
  return { code: "agent-not-installed", detail };
}

/** The run that is under way, adopted; or a new one, whose intent is on disk before it begins. */
async function* openProgram(parts: ExternalParts, context: RunContext): ExternalSteps {
  const { session, journal } = context;
  const resumed = journal.findLastIndex(({ event }) => event.type === "session-resume");
  const launches = journal.flatMap(({ event }, at) =>
    event.type === "agent-launch" ? [{ at, run: event.run, wire: event.wire }] : [],
  );
  const last = launches.at(-1);
  if (last !== undefined && last.at > resumed && !isToMove(journal)) {
    // Whatever its program could be run by today: its output is what it is.
    const driver = parts.driverOf(session.agent, last.wire);
    if (driver === undefined) return yield* giveUp(toGone(session.agent));
    const kept = parts.parked.take(session.id);
    if (kept !== undefined) return { driver, program: kept, journal };
    const program = await adoptRecorded(toFolder(parts, session.id, last.run), session.id);
    if (program !== null) return { driver, program, journal };
  }
  const path = session.path ?? context.path;
  const fault = (await findStartFault(session.cwd)) ?? (await parts.findUnfit(session.agent, path));
  if (fault !== null) return yield* giveUp(fault);
  const wire = hasNoHost(journal) ? "exec" : await parts.wireOf(session.agent, path);
  const driver = parts.driverOf(session.agent, wire);
  if (driver === undefined) return yield* giveUp(toGone(session.agent));
  return yield* launch(parts, context, { driver, wire, run: (last?.run ?? 0) + 1 });
}

async function* giveUp(fault: SessionFault): ExternalSteps {
  yield [toStartFailure(fault)];
  return null;
}

interface Launch {
  driver: AgentDriver;
  wire: AgentWire | undefined;
  run: number;
}

async function* launch(parts: ExternalParts, context: RunContext, wanted: Launch): ExternalSteps {
  const { session } = context;
  const { driver, run } = wanted;
  const ready = yield* prepare(parts, context, wanted);
  if (ready === null) return null;
  const { plan, path, intent, before } = ready;
  yield intent;
  context.showLive({ type: "activity", text: `running ${session.agent}` });
  const program = await startProgram(parts, context, { plan, path, run, isAllInput: !driver.listens });
  return { driver, program, journal: [...before, ...toEntries(parts, session.id, intent)] };
}

interface Start {
  plan: LaunchPlan;
  path: string;
  run: number;
  /** Nothing more than what it is told first will be said to it. */
  isAllInput: boolean;
}

async function startProgram(
  parts: ExternalParts,
  context: RunContext,
  { plan, path, run, isAllInput }: Start,
): Promise<RecordedProgram> {
  const { session, journal } = context;
  const { argv, input, shared } = plan;
  const environment = { ...parts.environmentOf(session.agent), ...plan.environment };
  const identity = await context.identify();
  const request = {
    argv,
    folder: toFolder(parts, session.id, run),
    path: plan.path ?? path,
    sessionId: session.id,
    abandonMs,
    graceMs,
  };
  if (shared === undefined) {
    return startRecorded({
      ...request,
      cwd: session.cwd,
      environment: { ...environment, ...identity },
      input,
      isAllInput,
    });
  }
  const { key, ...task } = shared;
  // What ended a program that others share is not to end theirs again.
  const aloneAs = countLeft(journal) === 0 ? null : session.id;
  const wanted = aloneAs === null ? task : { ...task, idleMs: aloneIdleMs };
  const lane = { environment, shared: wanted, aloneAs, key, input: input ?? "", secrets: identity };
  return parts.shared.open({ ...request, ...lane });
}

interface Prepared {
  plan: LaunchPlan;
  path: string;
  intent: JournalEvent[];
  /** The journal as it stands before the intent. */
  before: readonly JournalEntry[];
}

/** All that can stand in the way of a launch comes before its intent: mail that it has to hear, money, its plan. */
async function* prepare(
  parts: ExternalParts,
  context: RunContext,
  { driver, wire, run }: Launch,
): AsyncGenerator<readonly JournalEvent[], Prepared | null, void> {
  const { session, journal } = context;
  const money = await setAside(parts, context, driver);
  if (money.kind === "instead") {
    yield money.events;
    return null;
  }
  const { allowedMicroUsd } = money;
  const news = run === 1 || !driver.listens ? [] : await readNews(context, "stop");
  if (news.length > 0) yield news;
  const before = [...journal, ...toEntries(parts, session.id, news)];
  const path = session.path ?? context.path;
  const home = join(parts.runsFolder, session.id, "home");
  const program = parts.locate(session.agent, path);
  const request = { session, path, program, followUp: toFollowUp(before), journal: before, home };
  const plan = await Promise.resolve()
    .then(() => driver.plan({ ...request, allowedMicroUsd, signal: context.signal }))
    .catch((error: unknown) => toPlanFault(error));
  // Stopped meanwhile: nothing was begun, and whoever stopped it says how it ends.
  if (context.signal.aborted) return null;
  if ("code" in plan) {
    yield [toStartFailure(plan)];
    return null;
  }
  const turn = Math.max(0, ...journal.map(({ event }) => toTurn(event))) + 1;
  const allowed = allowedMicroUsd === null ? {} : { allowedMicroUsd };
  const intent: JournalEvent[] = [
    { type: "agent-launch", run, agent: session.agent, ...allowed, ...(wire === undefined ? {} : { wire }) },
    toTurnStart(turn),
  ];
  return { plan, path, intent, before };
}

/** Events that were just written, as a later daemon will read them. */
function toEntries(
  { clock }: ExternalParts,
  sessionId: SessionId,
  events: readonly JournalEvent[],
): JournalEntry[] {
  return events.map((event) => ({ sessionId, seq: 0, at: clock.now(), event }));
}

function toPlanFault(error: unknown): SessionFault {
  if (error instanceof ProfclawError) {
    return { code: error.code, detail: [error.message, error.hint].filter(Boolean).join(" ") };
  }
  throw error;
}

function toFolder({ runsFolder }: ExternalParts, sessionId: string, run: number): string {
  return join(runsFolder, sessionId, String(run));
}

async function findStartFault(cwd: string): Promise<SessionFault | null> {
  const found = await stat(cwd).catch(() => null);
  if (found?.isDirectory() === true) return null;
  return { code: "cwd-not-found", detail: `Its folder ${cwd} is gone. Spawn it again in one that is there.` };
}

function toStartFailure(error: SessionFault): JournalEvent {
  return { type: "session-end", end: { status: "failed", reason: "agent-error", error, result: null } };
}
