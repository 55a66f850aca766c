import type { JournalEntry, JournalEvent } from "../../core/journal.ts";
import type { CoolDown } from "../../core/session.ts";
import type { RecordedState } from "../../sandbox/recorded/recorded-program.ts";
import { readStart } from "../../sandbox/recorded/run-folder.ts";
import type { AgentProgram } from "./agent-program.ts";

/*
 * A program that many sessions share may end under them. Each goes on in another one, a few times: a cool-down in its
 * journal says so, and whoever takes it up after that launches it anew.
 */

const mostTimes = 3;
const pauseMs = 200;
const details = {
  gone: "The agent's process, which other sessions share, has ended. It goes on in another one.",
  mail: "Mail has come behind its answer: it goes on with that.",
  unkept: "Its agent has not kept the conversation that it had just begun. It begins another one.",
};

/** True if it was its shared program that ended, or that one's recorder, and not what this session did. */
export function isLeft({ program }: Pick<AgentProgram, "program">, state: RecordedState): boolean {
  if (state.kind === "ended") return state.end.stopped === "left";
  return state.kind === "lost" && readStart(program.folder)?.hostId !== undefined;
}

/** That it goes on in another one; null: it has done so often enough. */
export function toMove(journal: readonly JournalEntry[], now: number): JournalEvent | null {
  if (countLeft(journal) + 1 >= mostTimes) return null;
  return toRelaunch("gone", now, pauseMs);
}

/** That it goes on with mail which it could not hear before, in another run. */
export function toHearing(now: number): JournalEvent {
  return toRelaunch("mail", now, 0);
}

/** That it begins anew, since the conversation that it was to go on with is not there. */
export function toAnew(now: number): JournalEvent {
  return toRelaunch("unkept", now, 0);
}

export function isUnkept(event: JournalEvent): boolean {
  return toReason(event) === "unkept";
}

/**
 * True if its shared program, which it had alone at last, ended before there was a conversation: none of its kind
 * would do better.
 */
export function hasNoHost(journal: readonly JournalEntry[]): boolean {
  const launched = journal.findLastIndex(({ event }) => event.type === "agent-launch");
  const since = journal.slice(launched + 1);
  return countLeft(journal) >= mostTimes - 1 && !since.some(({ event }) => event.type === "agent-thread");
}

/** True if its last launch is over, and another one is to come. */
export function isToMove(journal: readonly JournalEntry[]): boolean {
  const launched = journal.findLastIndex(({ event }) => event.type === "agent-launch");
  return journal.slice(launched + 1).some(({ event }) => toReason(event) !== undefined);
}

/** How often it has gone on so since somebody last began it. */
export function countLeft(journal: readonly JournalEntry[]): number {
  const begun = journal.findLastIndex(({ event }) => event.type === "session-resume");
  const launched = journal.findIndex(({ event }, at) => at > begun && event.type === "agent-launch");
  if (launched === -1) return 0;
  return journal.slice(launched).filter(({ event }) => toReason(event) === "gone").length;
}

function toRelaunch(relaunch: keyof typeof details, madeAtMs: number, forMs: number): JournalEvent {
  const until = { untilMs: madeAtMs + forMs, madeAtMs };
  return { type: "wait-start", wait: { on: "cool-down", ...until, detail: details[relaunch], relaunch } };
}

function toReason(event: JournalEvent): CoolDown["relaunch"] {
  return event.type === "wait-start" && event.wait.on === "cool-down" ? event.wait.relaunch : undefined;
}
