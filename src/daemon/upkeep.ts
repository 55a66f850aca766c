import { opendir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import { keptMs } from "../core/retention.ts";
import { isEndStatus } from "../core/session.ts";
import type { ExternalAgents } from "../engine/engine-parts.ts";
import { type RunOwner, tidyRuns } from "../runners/external/tidy-runs.ts";
import { listBackups } from "../store/sqlite/backups.ts";
import { toDatabaseFiles } from "../store/sqlite/database-files.ts";
import type { SqliteStore } from "../store/sqlite/sqlite-store.ts";
import { boundLogs } from "./bound-logs.ts";

/** What the upkeep of a state folder works on. */
export interface UpkeepSetting {
  store: SqliteStore;
  database: string;
  artifacts: string;
  logs: string;
  agents: string;
  daemonLog: string;
  clock: Clock;
  log: Log;
  tidyWorktrees(this: void, isOver: () => boolean): Promise<void>;
  /** Agents that are programs of their own; undefined: there are none. */
  external: Pick<ExternalAgents, "tidyShared" | "forgetThreads"> | undefined;
}

const everyMs = 3_600_000;
// A start is busy enough: nothing here is urgent.
const firstAfterMs = 10_000;
const strayAfterMs = 3_600_000;
const sessionsPerStep = 20;
const messagesPerStep = 100;
const threadsPerStep = 50;
const filesPerStep = 500;
const pauseMs = 20;

/** Backs up and deletes what is old, now and then, until disposed of. */
export function startUpkeep(setting: UpkeepSetting): Disposable {
  const { clock } = setting;
  let isOver = false;
  let disarm = clock.after(firstAfterMs, round);
  function round(): void {
    void runUpkeep(setting, () => isOver).finally(() => {
      if (!isOver) disarm = clock.after(everyMs, round);
    });
  }
  return {
    [Symbol.dispose]() {
      isOver = true;
      disarm();
    },
  };
}

/** One round. Never rejects: what could not be done is logged, and tried again in the next round. */
export async function runUpkeep(setting: UpkeepSetting, isOver: () => boolean): Promise<void> {
  for (const step of [
    backUpIfDue,
    // Before sessions are forgotten: with them goes where their worktrees are.
    tidyWorktrees,
    deleteOldSessions,
    deleteOldFlows,
    deleteOldMail,
    deleteOldThreads,
    deleteStrays,
    deleteOldLogs,
    tidyAgentRuns,
  ]) {
    if (isOver()) return;
    await step(setting, isOver).catch((error: unknown) => {
      if (!isOver()) setting.log(`upkeep: ${toFaultText(error)}`, { level: "error" });
    });
  }
}

function tidyWorktrees(setting: UpkeepSetting, isOver: () => boolean): Promise<void> {
  return setting.tidyWorktrees(isOver);
}

async function backUpIfDue(setting: UpkeepSetting): Promise<void> {
  const { store, database, clock } = setting;
  const newest = listBackups(toDatabaseFiles(database)).find(({ isBeforeMigration }) => !isBeforeMigration);
  if (newest !== undefined && clock.now() - newest.takenAt < everyMs) return;
  const outcome = await store.backUp();
  if (outcome.kind === "no-room") setting.log(`no backup was made: ${outcome.detail}`, { level: "warn" });
}

/** A flow keeps its own copy of what its sessions brought. */
async function deleteOldFlows({ store, clock }: UpkeepSetting): Promise<void> {
  await store.deleteEndedFlows({ endedBefore: clock.now() - keptMs });
}

async function deleteOldSessions(setting: UpkeepSetting, isOver: () => boolean): Promise<void> {
  const { store, clock } = setting;
  let total = 0;
  while (!isOver()) {
    const count = await store.deleteEndedSessions({
      endedBefore: clock.now() - keptMs,
      limit: sessionsPerStep,
    });
    total += count;
    if (count < sessionsPerStep) break;
    await sleep(pauseMs);
  }
  if (total > 0)
    setting.log(`deleted ${total} sessions that ended more than 30 days ago; their cost is kept`);
}

/** A session's mail went with it; a peer's has an end of its own. */
async function deleteOldMail({ store, clock }: UpkeepSetting, isOver: () => boolean): Promise<void> {
  const before = clock.now() - keptMs;
  while (!isOver() && (await store.deleteOldMail({ before, limit: messagesPerStep })) === messagesPerStep) {
    await sleep(pauseMs);
  }
}

async function deleteOldThreads({ store, clock }: UpkeepSetting, isOver: () => boolean): Promise<void> {
  const query = { before: clock.now() - keptMs, limit: threadsPerStep };
  while (!isOver() && (await store.deleteClosedThreads(query)) === threadsPerStep) await sleep(pauseMs);
}

async function deleteStrays(setting: UpkeepSetting, isOver: () => boolean): Promise<void> {
  const { store, clock } = setting;
  let names: string[] = [];
  const sweep = async (): Promise<void> => {
    await store.deleteStrayArtifacts({ names, before: clock.now() - strayAfterMs });
    names = [];
  };
  for await (const entry of await opendir(setting.artifacts)) {
    if (isOver()) return;
    names.push(entry.name);
    if (names.length >= filesPerStep) await sweep();
  }
  if (names.length > 0) await sweep();
}

async function deleteOldLogs(setting: UpkeepSetting): Promise<void> {
  const { files, bytes } = await boundLogs(setting.logs, setting.daemonLog);
  if (files > 0)
    setting.log(`deleted the ${files} oldest logs, ${Math.round(bytes / 2 ** 20)} MB: all may take 5 GB`);
}

/** Agents whose session has ended in their absence, and what those of deleted sessions printed. */
export async function tidyAgentRuns(setting: UpkeepSetting): Promise<void> {
  const { store, agents, log, external } = setting;
  const shared = (await external?.tidyShared()) ?? 0;
  if (shared > 0) log(`ended ${shared} processes of agents that nobody recorded any more`);
  const ownerOf = async (id: string): Promise<RunOwner> => {
    const session = await store.getSession(id);
    if (session === undefined) return "gone";
    return isEndStatus(session.status) ? "ended" : "alive";
  };
  const forgetThreads = async (threads: readonly string[]): Promise<ReadonlySet<string>> =>
    (await external?.forgetThreads(threads)) ?? new Set();
  const ended = await tidyRuns({ runsFolder: agents, ownerOf, forgetThreads });
  if (ended > 0) log(`ended ${ended} agents that no session waits for any more`);
}

function toFaultText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
