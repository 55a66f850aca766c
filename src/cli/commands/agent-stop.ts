import type { Client } from "../../client/create-client.ts";
import type { SessionView } from "../../contract/shapes.ts";
import { ProfclawError } from "../../core/errors.ts";
import { toShortId } from "../../core/id.ts";
import { isEndStatus, liveStatuses } from "../../core/session.ts";
import { defineCommand } from "../command.ts";
import { linkDaemon } from "../daemon-link.ts";
import { listAll } from "../list-all.ts";
import { toStatusText } from "../outcome.ts";
import { toJsonText } from "../plain-text.ts";
import { findTarget, findTargets } from "../targets.ts";

interface StopFlags {
  all?: boolean;
  tree?: string;
}

export const agentStop = defineCommand<StopFlags>({
  name: "agent stop",
  summary: "Stop sessions: their model calls, tools, processes, and all that they spawned.",
  examples: ["profclaw agent stop 1a2b3c4d", "profclaw agent stop --all"],
  declare(parser) {
    parser
      .argument("[id...]", "ids of sessions or batches, or starts of ones")
      .option("--all", "every session there is")
      .option("--tree <id>", "this session and all that it spawned");
  },
  async run({ args, options: flags }, context) {
    const ids = flags.tree === undefined ? args : [...args, flags.tree];
    requireOne(ids, flags);
    const client = await linkDaemon(context);
    try {
      const stopped = flags.all === true ? await stopAll(client) : await stopEach(client, ids);
      const { terminal } = context;
      if (flags.json === true) terminal.print(toJsonText({ sessions: stopped }));
      else for (const { id, status } of stopped) terminal.print(`${toShortId(id)}  ${toStatusText(status)}`);
      if (stopped.length === 0) terminal.say("Nothing runs.");
      return 0;
    } finally {
      client.close();
    }
  },
});

function requireOne(ids: readonly string[], flags: StopFlags): void {
  if (ids.length > 0 && flags.all === true) {
    throw new ProfclawError("invalid-request", "--all and ids exclude each other.", {
      hint: "Leave one out.",
    });
  }
  if (ids.length === 0 && flags.all !== true) {
    throw new ProfclawError("invalid-request", "There is no id.", {
      hint: "profclaw agent stop <id>, or --all; those that run: profclaw agent sessions",
    });
  }
}

/** All ids are looked up first: a wrong one stops nothing. */
async function stopEach(client: Client, ids: readonly string[]): Promise<SessionView[]> {
  const targets = await findTargets(client, ids);
  const stopped = await Promise.all(
    targets.map(async (target) => {
      if (target.kind === "session") return [await stopOne(client, target.session)];
      await client.cancelBatch({ id: target.batch.id });
      return listAll(client, { batch: target.batch.id });
    }),
  );
  return stopped.flat();
}

async function stopAll(client: Client): Promise<SessionView[]> {
  const live = await listAll(client, { status: [...liveStatuses] });
  return Promise.all(live.map((session) => stopOne(client, session)));
}

/** One that has ended meanwhile, or with its parent, is as stopped as it can be. */
async function stopOne(client: Client, session: SessionView): Promise<SessionView> {
  if (isEndStatus(session.status)) return session;
  try {
    return await client.cancelSession({ id: session.id });
  } catch (error) {
    if (!(error instanceof ProfclawError) || error.code !== "session-ended") throw error;
    const target = await findTarget(client, session.id);
    return target.kind === "session" ? target.session : session;
  }
}
