/** The first process of each command that runs, and the session it runs for. */
const sessionByPid = new Map<number, string>();

/** Notes a command for as long as it runs; the answer forgets it. */
export function noteCommand(pid: number | undefined, sessionId: string): Disposable {
  if (pid !== undefined) sessionByPid.set(pid, sessionId);
  return { [Symbol.dispose]: () => void (pid !== undefined && sessionByPid.delete(pid)) };
}

/**
 * The session whose command this process leads, or null. Unlike a marker in its environment it cannot
 * be changed by the command.
 */
export function findCommandSession(pid: number): string | null {
  return sessionByPid.get(pid) ?? null;
}
