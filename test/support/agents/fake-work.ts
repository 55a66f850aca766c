import { spawn } from "node:child_process";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/*
 * Work whose every step is told to a file of the test's own (FAKE_LEDGER): what really happened, whatever becomes of
 * daemon, recorder and agent. A task "trap:work <id> <steps> <ms>": so many steps, each a line in the file <id>.txt.
 */

const ledger = process.env["FAKE_LEDGER"];

/** One line of the ledger; nothing where a test keeps none. */
export function note(fact: {
  kind: "begin" | "step" | "bill" | "done";
  session: string;
  [more: string]: unknown;
}): void {
  if (ledger !== undefined)
    appendFileSync(ledger, `${JSON.stringify({ at: Date.now(), pid: process.pid, ...fact })}\n`);
}

export interface Worker {
  session: string;
  cwd: string;
  /** What a process that it starts is known by. */
  env: NodeJS.ProcessEnv;
  /** Its conversation's memory: steps that it has begun. */
  done: string[];
  /** To be called where its memory has changed. */
  save: () => void;
  /** True once its turn was ended from outside. */
  isOver?: () => boolean;
}

/** Tells its wire of a step that is about to begin; what it answers is called when that is done. */
type Announce = (name: string) => () => void;

/** Takes the steps that its conversation has not. Answers what it says at last. */
export async function work(task: string, worker: Worker, announce: Announce): Promise<string> {
  const { session, cwd, env, done, save, isOver = () => false } = worker;
  const [, id = "", steps = "1", ms = "0"] = task.split(" ");
  note({ kind: "begin", session, id });
  // It leaves its group: who ends the session has to find it.
  spawn("/bin/sh", ["-c", "exec setsid sleep 618"], { env, cwd, stdio: "ignore", detached: true }).unref();
  for (let step = 0; step < Number(steps); step += 1) {
    const name = `${id}/${step}`;
    if (done.includes(name)) continue;
    if (isOver()) break;
    done.push(name);
    save();
    // As the real ones: what is done was said before.
    const tell = announce(name);
    appendFileSync(join(cwd, `${id}.txt`), `${name}\n`);
    note({ kind: "step", session, name });
    await sleep(Number(ms));
    if (isOver()) break;
    tell();
    save();
  }
  if (!isOver()) note({ kind: "done", session, id });
  return `worked ${id}`;
}
