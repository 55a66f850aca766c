import type { Arena } from "./arena.ts";

// One that was stopped takes the connection and never answers.
const answerMs = 1_000;

/** The process id of the daemon that answers now; undefined while there is none. */
export async function askPid(arena: Arena): Promise<number | undefined> {
  const answer = await arena.call("/api/daemon", { withinMs: answerMs }).catch(() => undefined);
  return answer?.status === 200 ? (JSON.parse(answer.text) as { pid: number }).pid : undefined;
}
