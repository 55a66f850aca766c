import type { Client, OutputOf } from "../../client/create-client.ts";
import { isEndStatus } from "../../core/session.ts";
import { defineCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { linkDaemon } from "../daemon-link.ts";
import { listAll } from "../list-all.ts";
import { toExitCode, toStatusText } from "../outcome.ts";
import { toJsonText } from "../plain-text.ts";
import { renderResult, renderResultBody, withWholeResults } from "../result-text.ts";
import { findTarget } from "../targets.ts";

interface Wanted {
  client: Client;
  context: CliContext;
  asJson: boolean;
}

export const agentResult = defineCommand({
  name: "agent result",
  summary: "The result of a session, or of every session of a batch.",
  examples: ["profclaw agent result 1a2b3c4d", "profclaw agent result 1a2b3c4d > review.md"],
  declare(parser) {
    parser.argument("<id>", "a session's or a batch's id, or the start of one");
  },
  async run({ args: [id = ""], options }, context) {
    const client = await linkDaemon(context);
    const wanted = { client, context, asJson: options.json === true };
    try {
      const target = await findTarget(client, id);
      if (target.kind === "batch") return await printBatch(target.batch, wanted);
      return await printSession(await client.getSessionResult({ id: target.session.id }), wanted);
    } finally {
      client.close();
    }
  },
});

/** The text alone, so that it can go into a file. */
async function printSession(
  view: OutputOf<"getSessionResult">,
  { context, asJson }: Wanted,
): Promise<number> {
  const { terminal } = context;
  if (asJson) terminal.print(toJsonText(view));
  else if (isEndStatus(view.status)) terminal.print(renderResultBody(view));
  if (isEndStatus(view.status)) return toExitCode([view]);
  terminal.say(`It is ${toStatusText(view.status)} and has no result yet: profclaw agent wait ${view.id}`);
  return 1;
}

async function printBatch(batch: OutputOf<"getBatch">, { client, context, asJson }: Wanted): Promise<number> {
  const { terminal } = context;
  // Newest first on the wire; people gave the tasks in the other order.
  const listed = (await listAll(client, { batch: batch.id })).toReversed();
  if (asJson) {
    terminal.print(toJsonText({ ...batch, sessions: listed }));
    return toExitCode(listed);
  }
  const ended = listed.filter(({ status }) => isEndStatus(status));
  const sessions = await withWholeResults(client, ended);
  if (sessions.length > 0) {
    terminal.print(sessions.map((session) => renderResult(session, terminal.dataColors)).join("\n\n"));
  }
  if (ended.length === listed.length) return toExitCode(listed);
  terminal.say(`${listed.length - ended.length} have not ended yet: profclaw agent wait ${batch.id}`);
  return 1;
}
