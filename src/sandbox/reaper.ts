import { leaveProcess } from "./leave-process.ts";
import { findProcesses, sweepProcesses, type CommandTrace } from "./sweep-processes.ts";

/** The argument that makes this file a process of its own. */
export const reaperArgument = "--profclaw-reaper";

/**
 * What the daemon tells its reaper, one line each: a command will start, its first process is known,
 * remember its processes because its first ones will now go, it is over. The last two are answered by
 * the order itself; a pipe that closes ends all commands.
 */
export type ReaperOrder =
  | { kind: "watch"; commandId: string }
  | { kind: "group"; commandId: string; groupId: number }
  | { kind: "remember"; commandId: string }
  | { kind: "end"; commandId: string };

/** An order as its line, newline included. */
export function toReaperLine(order: ReaperOrder): string {
  const pid = order.kind === "group" ? ` ${order.groupId}` : "";
  return `${order.kind} ${order.commandId}${pid}\n`;
}

/** Runs until the daemon's end of the pipe is closed, however the daemon died. */
function runReaper(): void {
  const watched = new Map<string, CommandTrace>();
  let rest = "";
  // It must outlive a Ctrl-C in the daemon's terminal by the moment it takes to clean up.
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => undefined);
  process.stdin.setEncoding("utf8");
  process.stdin.on("data", (chunk: string) => {
    const lines = `${rest}${chunk}`.split("\n");
    rest = lines.pop() ?? "";
    const ended = lines.flatMap((line) => obey(line, watched));
    if (ended.length > 0) sweepProcesses(ended);
    for (const { commandId } of ended) answer({ kind: "end", commandId });
  });
  process.stdin.on("close", () => {
    sweepProcesses([...watched.values()]);
    leaveProcess();
  });
  // Nobody reads any more: the pipe's other end closes stdin as well.
  process.stdout.on("error", () => undefined);
}

/** Takes one order; returns the command that it ends. */
function obey(line: string, watched: Map<string, CommandTrace>): CommandTrace[] {
  const [kind, commandId = "", pid] = line.split(" ");
  const trace = watched.get(commandId) ?? { commandId, groupId: 0 };
  if (kind === "end") {
    watched.delete(commandId);
    return [trace];
  }
  if (kind === "remember") {
    // An orphan that emptied its environment can not be told from a stranger later.
    watched.set(commandId, { ...trace, members: findProcesses([trace]) });
    answer({ kind, commandId });
    return [];
  }
  watched.set(commandId, { ...trace, groupId: pid === undefined ? trace.groupId : Number(pid) });
  return [];
}

function answer(order: ReaperOrder): void {
  process.stdout.write(toReaperLine(order));
}

if (process.argv[2] === reaperArgument) runReaper();
