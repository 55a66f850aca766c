import type { GarbageView } from "../../contract/living-operations.ts";
import { defineCommand } from "../command.ts";
import { linkDaemon } from "../daemon-link.ts";
import { toCountText } from "../outcome.ts";
import { toJsonText } from "../plain-text.ts";

export const gc = defineCommand<{ dryRun?: boolean }>({
  name: "gc",
  summary: "Delete sessions that ended more than 30 days ago; the daemon does so every hour by itself.",
  examples: ["profclaw gc --dry-run", "profclaw gc"],
  declare(parser) {
    parser.option("--dry-run", "say what would be deleted; delete nothing");
  },
  async run({ options }, context) {
    const client = await linkDaemon(context);
    try {
      const garbage = await client.collectGarbage({ dry_run: options.dryRun === true });
      context.terminal.print(options.json === true ? toJsonText(garbage) : toText(garbage));
      for (const folder of garbage.worktrees_kept) {
        context.terminal.say(`kept, its changes are not merged: ${folder}`);
      }
      return 0;
    } finally {
      client.close();
    }
  },
});

function toText(garbage: GarbageView): string {
  const { sessions, journal_bytes: journal, artifacts, artifact_bytes: bytes } = garbage;
  const what = `${toCountText(sessions, "session")} that ended before ${garbage.ended_before.slice(0, 10)}`;
  const sizes = `${toSizeText(journal)} of log, ${toCountText(artifacts, "artifact")} of ${toSizeText(bytes)}`;
  const folders = garbage.worktrees === 0 ? "" : ` and ${toCountText(garbage.worktrees, "worktree")}`;
  const threads = garbage.threads === 0 ? "" : ` and ${toCountText(garbage.threads, "closed thread")}`;
  const verb = garbage.dry_run ? "would be deleted" : "deleted; their cost is kept";
  return `${what} (${sizes})${folders}${threads} ${verb}.`;
}

/** 1.5 MB; decimal, as disks are sold. */
function toSizeText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
