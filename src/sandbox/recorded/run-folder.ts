import {
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

/** The files of one run of a recorded program. All of them are 0600, the folder 0700. */
export interface RunFolder {
  path: string;
  /** Made once, by the recorder that begins or by a daemon that will not have it begin any more. */
  claim: string;
  /** Who started what: a RecordedStart. */
  start: string;
  /** A RecordedEnd; there is none while the program runs. */
  end: string;
  /** Which daemon it works for: a ProcessMark. */
  holder: string;
  stdout: string;
  stderr: string;
  /** What is to be written to the program, and done with it: one order a line. */
  orders: string;
  /** What a lane's orders may fill in. Deleted as soon as it is read. */
  secrets: string;
}

/** A process that is unlike any other, also once its pid is given to another one. */
export interface ProcessMark {
  pid: number;
  /** Clock ticks since boot; empty where there is no /proc. */
  startTime: string;
}

export interface RecordedStart {
  recorder: ProcessMark;
  /** Leads a process group of its own. Null while it is started: if its recorder dies then, it is found by its marker. */
  program: ProcessMark | null;
  /** The marker in the environment of all its processes. */
  commandId: string;
  /** Ms since the epoch. */
  startedAt: number;
  /** Of a lane: the marker of its program, which is others' too, as its recorder is. */
  hostId?: string;
}

/**
 * `stopped`: "asked" by the daemon, "abandoned" since no daemon came back for it, or "left" by the shared program that
 * it was a lane of: that has ended, and it can go on in another one.
 */
export interface RecordedEnd {
  exitCode: number | null;
  signal: string | null;
  /** Why it could not be started at all. */
  notStarted: string | null;
  stopped: "asked" | "abandoned" | "left" | null;
  /** Bytes of its output that were not kept. */
  cutBytes: number;
  endedAt: number;
}

/** Why a lane did not begin: another shared program is to be started for it. */
export const closedText = "the shared program was just ending";

export type RecorderOrder =
  /** `fill`: variables of the program whose `{{NAME}}` in the text the recorder replaces: no secret is on disk. */
  | { kind: "write"; id: string; text: string; fill?: readonly string[] }
  | { kind: "close" }
  | { kind: "stop" }
  | LaneOrder;

/** Opens a lane of a shared program: a run folder whose orders go to it, and that gets the lines that are for it. */
export interface LaneOrder {
  kind: "lane";
  folder: string;
  /** Begins the ids of all its requests, up to a colon. */
  key: string;
  /** The marker in the environment of what it starts. */
  commandId: string;
}

export function toRunFolder(path: string): RunFolder {
  return {
    path,
    claim: join(path, "claim"),
    start: join(path, "start.json"),
    end: join(path, "end.json"),
    holder: join(path, "holder.json"),
    stdout: join(path, "stdout.log"),
    stderr: join(path, "stderr.log"),
    orders: join(path, "orders.jsonl"),
    secrets: join(path, "secrets.json"),
  };
}

/** Makes the folder and its empty files. */
export function createRunFolder(path: string): RunFolder {
  const folder = toRunFolder(path);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  for (const file of [folder.stdout, folder.stderr, folder.orders]) closeSync(openSync(file, "a", 0o600));
  return folder;
}

/** True for exactly one caller, ever: the recorder that begins the run, or a daemon, and then it never begins. */
export function claimRun({ claim }: RunFolder, by: "recorder" | "daemon"): boolean {
  const made = `${claim}.${process.pid}`;
  try {
    // It is there with its word or not at all, whoever is killed when.
    writeFileSync(made, by, { mode: 0o600 });
    linkSync(made, claim);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(made, { force: true });
  }
}

/** True if it never began; and from now on it never will. */
export function giveUpUnbegun(folder: RunFolder): boolean {
  const end = readEnd(folder);
  // Its lane came too late to a program that was about to end.
  if (end?.notStarted === closedText) return true;
  if (end !== undefined || readStart(folder) !== undefined) return false;
  createRunFolder(folder.path);
  takeSecrets(folder);
  return claimRun(folder, "daemon") || isGivenUp(folder);
}

/** True if a daemon has claimed it, which may not have lived to act on that. */
function isGivenUp({ claim }: RunFolder): boolean {
  try {
    return readFileSync(claim, "utf8") === "daemon";
  } catch {
    return false;
  }
}

/** Whole or not at all: a reader never sees half of it. */
export function writeFact(file: string, fact: unknown): void {
  writeFileSync(`${file}.new`, JSON.stringify(fact), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

export function readStart({ start }: RunFolder): RecordedStart | undefined {
  return readFact(start) as RecordedStart | undefined;
}

/** True once its program runs, has ended, or could not be started. */
export function hasBegun(folder: RunFolder): boolean {
  return (readStart(folder)?.program ?? null) !== null || readEnd(folder) !== undefined;
}

export function readEnd({ end }: RunFolder): RecordedEnd | undefined {
  return readFact(end) as RecordedEnd | undefined;
}

export function readHolder({ holder }: RunFolder): ProcessMark | undefined {
  return readFact(holder) as ProcessMark | undefined;
}

/** What is in the file, once: it is deleted. */
export function takeSecrets({ secrets }: RunFolder): Readonly<Record<string, string>> {
  const found = readFact(secrets) as Record<string, string> | undefined;
  rmSync(secrets, { force: true });
  return found ?? {};
}

/** Only we write these files, and each of them whole. */
function readFact(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
