import { setTimeout as sleep } from "node:timers/promises";
import { type CommandTrace, findProcesses, sweepProcesses } from "../sweep-processes.ts";
import { type CappedFile, openCappedFile } from "./capped-file.ts";
import { type OrderBook, openOrders } from "./follow-orders.ts";
import { isRunning } from "./process-mark.ts";
import { fillIn, toEnd } from "./recorded-child.ts";
import type { RecorderTask } from "./recorder-task.ts";
import {
  type LaneOrder,
  type ProcessMark,
  type RecordedEnd,
  type RunFolder,
  readHolder,
  takeSecrets,
  toRunFolder,
  writeFact,
} from "./run-folder.ts";

/** One session's part of a shared program, with a run folder as if the program were its own. */
export interface Lane {
  readonly key: string;
  /** Obeys its new orders. */
  look(): void;
  /** Ends it where no daemon has been there for too long. */
  lookForHolder(): void;
  take(line: Buffer): void;
  /** The program has ended under it. `errors`: the end of its stderr. */
  leave(exit: Pick<RecordedEnd, "exitCode" | "signal">, errors: string): void;
}

export interface LaneParts {
  task: Pick<RecorderTask, "commandId" | "abandonMs" | "graceMs" | "maxStdoutBytes" | "maxStderrBytes">;
  recorder: ProcessMark;
  program: ProcessMark;
  write(text: string): void;
  /** Called once, when it is over: tells the program so. */
  onEnd(lane: Lane): void;
}

export function openLane(order: LaneOrder, parts: LaneParts): Lane {
  return new OpenLane(order, parts);
}

class OpenLane implements Lane {
  readonly key: string;
  private readonly folder: RunFolder;
  private readonly parts: LaneParts;
  private readonly trace: CommandTrace;
  private readonly values: Readonly<Record<string, string>>;
  private readonly stdout: CappedFile;
  private readonly stderr: CappedFile;
  private readonly orders: OrderBook;
  private isOver = false;
  private aloneSince: number | null = null;

  constructor({ folder, key, commandId }: LaneOrder, parts: LaneParts) {
    const { task, recorder, program } = parts;
    const hostId = task.commandId;
    this.key = key;
    this.folder = toRunFolder(folder);
    this.parts = parts;
    this.trace = { commandId, groupId: 0 };
    this.values = takeSecrets(this.folder);
    this.stdout = openCappedFile(this.folder.stdout, task.maxStdoutBytes);
    this.stderr = openCappedFile(this.folder.stderr, task.maxStderrBytes);
    this.orders = openOrders(this.folder, {
      write: (text, fill) => parts.write(fillIn(text, fill, this.values)),
      close: () => this.end({ exitCode: 0 }),
      stop: () => void this.stop("asked"),
    });
    writeFact(this.folder.start, { recorder, program, commandId, startedAt: Date.now(), hostId });
  }

  look(): void {
    this.orders.look();
  }

  lookForHolder(): void {
    const holder = readHolder(this.folder);
    if (holder !== undefined && isRunning(holder)) {
      this.aloneSince = null;
      return;
    }
    this.aloneSince ??= performance.now();
    if (performance.now() - this.aloneSince >= this.parts.task.abandonMs) void this.stop("abandoned");
  }

  take(line: Buffer): void {
    if (!this.isOver) this.stdout.add(line);
  }

  leave(exit: Pick<RecordedEnd, "exitCode" | "signal">, errors: string): void {
    this.stderr.add(Buffer.from(errors));
    this.end({ ...exit, stopped: "left" });
  }

  private async stop(stopped: "asked" | "abandoned"): Promise<void> {
    if (this.isOver) return;
    // Found while their parents live: an orphan that emptied its environment is a stranger later.
    const members = findProcesses([this.trace]);
    this.end({ stopped }, members);
    // The program may have been starting one more.
    await sleep(this.parts.task.graceMs);
    sweepProcesses([{ ...this.trace, members }]);
  }

  private end(facts: Partial<RecordedEnd>, members: ReadonlyMap<number, string> = new Map()): void {
    if (this.isOver) return;
    this.isOver = true;
    this.orders.close();
    this.parts.onEnd(this);
    sweepProcesses([{ ...this.trace, members }]);
    const cutBytes = this.stdout.close() + this.stderr.close();
    writeFact(this.folder.end, toEnd({ ...facts, cutBytes }));
  }
}
