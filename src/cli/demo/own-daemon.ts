import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "../../client/create-client.ts";
import type { CliContext } from "../context.ts";
import { linkAndGreet, stopAndWait } from "../daemon-link.ts";

/** The demo's daemon, started like any other. Disposing of it leaves no process. */
export interface OwnDaemon extends AsyncDisposable {
  client: Client;
  /** Its pid now; it changes when the supervisor brings it back. */
  readPid(): Promise<number>;
}

const goneWithinMs = 5_000;
const pollMs = 25;

export async function startOwnDaemon(context: CliContext): Promise<OwnDaemon> {
  const client = await linkAndGreet(context);
  const readPid = async () => (await client.getDaemon({})).pid;
  return {
    client,
    readPid,
    async [Symbol.asyncDispose]() {
      const pid = await readPid();
      try {
        await stopAndWait(context);
      } finally {
        client.close();
        await waitUntilGone(pid);
      }
    },
  };
}

/** Its socket falls silent a little before the process ends. */
async function waitUntilGone(pid: number): Promise<void> {
  const deadline = performance.now() + goneWithinMs;
  while (isAlive(pid)) {
    if (performance.now() > deadline) process.kill(pid, "SIGKILL");
    await sleep(pollMs);
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
