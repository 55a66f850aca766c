import { createClient } from "../../client/create-client.ts";
import type { DaemonView } from "../../contract/daemon-operations.ts";
import { toDurationText } from "../../core/duration.ts";
import { describePortHolder } from "../../server/port-holder.ts";
import { findLockHolder } from "../../store/sqlite/lock-holder.ts";
import type { CliContext } from "../context.ts";
import { knock } from "../daemon-door.ts";
import { type Finding, toFailure, toOk, toWarning } from "./finding.ts";
import { isListening } from "./is-listening.ts";

const answerMs = 800;
const usualPort = 3_000;
const usualAddress = new URL(`http://127.0.0.1:${usualPort}`);
const takeOver = "PROFCLAW_TAKEOVER=1 profclaw serve ends it, and goes on from its journal";

/** The daemon, if one runs, and the port on which it answers or would. Starts nothing. */
export async function lookAtDaemon(context: CliContext): Promise<Finding[]> {
  const { paths, version, clock } = context;
  if ((await knock(paths.socket, answerMs)) === "closed")
    return [lookAtSilence(paths.home), await lookAtPort()];
  const answer = await askDaemon(paths.socket);
  if (answer === undefined) {
    const pid = findLockHolder(paths.home);
    const name = pid === null ? "A daemon" : `The daemon (pid ${pid})`;
    return [toFailure("daemon", `${name} holds ${paths.home} and does not answer.`, takeOver)];
  }
  const { daemon, holdUp } = answer;
  const held =
    holdUp === null ? [] : [toWarning("queue", `It waits: ${holdUp}`, "profclaw status shows it too")];
  return [
    ...describeDaemon(daemon, version, clock.now()),
    ...held,
    toOk("port", daemon.urls.length === 0 ? "none: the socket only" : daemon.urls.join("  ")),
  ];
}

function describeDaemon(daemon: DaemonView, version: string, nowMs: number): Finding[] {
  const upMs = Math.max(0, nowMs - Date.parse(daemon.started_at));
  const text = `${daemon.version}, pid ${daemon.pid}, up ${toDurationText(upMs)}`;
  const self =
    daemon.version === version
      ? toOk("daemon", text)
      : toWarning(
          "daemon",
          `${text}; this is ${version}`,
          "profclaw down: the next command starts this version",
        );
  const notices = daemon.notices.map((notice) => toWarning("daemon", notice, "profclaw status shows it too"));
  return [self, ...notices];
}

interface Answer {
  daemon: DaemonView;
  holdUp: string | null;
}

async function askDaemon(socketPath: string): Promise<Answer | undefined> {
  const client = createClient({ socketPath }, { patienceMs: 0 });
  const options = { signal: AbortSignal.timeout(answerMs) };
  try {
    const [daemon, pool] = await Promise.all([client.getDaemon({}, options), client.getPool({}, options)]);
    return { daemon, holdUp: pool.hold_up };
  } catch {
    return undefined;
  } finally {
    client.close();
  }
}

/** Nobody on the socket: either none runs, or one holds the folder that cannot be reached. */
function lookAtSilence(home: string): Finding {
  const pid = findLockHolder(home);
  if (pid === null) return toOk("daemon", "none runs; the next command starts one");
  return toWarning(
    "daemon",
    `pid ${pid} holds ${home} and does not take connections: it starts, ends or hangs.`,
    `Look again in some seconds. Should it stay so: ${takeOver}`,
  );
}

async function lookAtPort(): Promise<Finding> {
  if (!(await isListening(usualAddress))) return toOk("port", `${usualPort} is free`);
  const holder = await describePortHolder(usualPort, "/proc");
  return toOk(
    "port",
    `${usualPort} is taken${holder}; a daemon takes a free one, and profclaw status shows it`,
  );
}
