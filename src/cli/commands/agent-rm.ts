import type { Client } from "../../client/create-client.ts";
import type { RemovalView } from "../../contract/living-operations.ts";
import { defineCommand } from "../command.ts";
import { linkDaemon } from "../daemon-link.ts";
import { toCountText } from "../outcome.ts";
import { toJsonText } from "../plain-text.ts";

export const agentRm = defineCommand({
  name: "agent rm",
  summary: "Delete ended sessions and all that they spawned: logs, mail, artifacts. What they cost stays.",
  examples: ["profclaw agent rm 1a2b3c4d", "profclaw agent rm 1a2b3c4d 5e6f7a8b"],
  declare(parser) {
    parser.argument("<id...>", "ids of sessions, or starts of ones");
  },
  async run({ args, options }, context) {
    const client = await linkDaemon(context);
    try {
      const removal = await removeEach(client, args);
      if (options.json === true) context.terminal.print(toJsonText(removal));
      else for (const id of removal.removed) context.terminal.print(id);
      const artifacts = toCountText(removal.artifacts, "artifact");
      context.terminal.say(`${toCountText(removal.removed.length, "session")} and ${artifacts} deleted.`);
      for (const folder of removal.worktrees_kept) {
        context.terminal.say(`kept, its changes are nowhere else: ${folder}`);
      }
      return 0;
    } finally {
      client.close();
    }
  },
});

/** All ids are looked up first: a wrong one deletes nothing. */
async function removeEach(client: Client, ids: readonly string[]): Promise<RemovalView> {
  const whole: string[] = [];
  for (const id of ids) whole.push((await client.getSession({ id })).id);
  const all: RemovalView = { removed: [], artifacts: 0, worktrees_kept: [] };
  for (const id of new Set(whole)) {
    // It may have gone with its parent, which was named before it.
    if (all.removed.includes(id)) continue;
    const { removed, artifacts, worktrees_kept: kept } = await client.removeSession({ id });
    all.removed.push(...removed);
    all.artifacts += artifacts;
    all.worktrees_kept.push(...kept);
  }
  return all;
}
