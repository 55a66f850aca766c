import { resolve } from "node:path";
import type { Client } from "../../client/create-client.ts";
import type { FolderTrustView } from "../../contract/trust-operations.ts";
import { ProfclawError } from "../../core/errors.ts";
import { askYes } from "../ask-yes.ts";
import { defineCommand } from "../command.ts";
import { type CliContext, needsInputExitCode } from "../context.ts";
import { linkDaemon } from "../daemon-link.ts";
import { toJsonText, toVisibleText } from "../plain-text.ts";
import { toShellWord } from "../../core/shell-word.ts";

interface TrustFlags {
  list?: boolean;
  remove?: boolean;
  yes?: boolean;
  json?: boolean;
}

export const trust = defineCommand<TrustFlags>({
  name: "trust",
  summary: "Let a folder's own settings widen what sessions may do there, as they are now.",
  examples: ["profclaw trust .", "profclaw trust --list", "profclaw trust ~/app --remove"],
  declare(parser) {
    parser
      .argument("[folder]", "default: here")
      .option("--yes", "without asking")
      .option("--remove", "trust it no more")
      .option("--list", "what is trusted");
  },
  async run({ args, options: flags }, context) {
    const folder = resolve(context.cwd, args[0] ?? ".");
    const client = await linkDaemon(context);
    try {
      if (flags.list === true) return await list(client, flags, context);
      if (flags.remove === true) return print(await client.removeTrust({ folder }), flags, context);
      return await trustAfterLook(client, folder, { flags, context });
    } finally {
      client.close();
    }
  },
});

/** Shows what a yes is for, and sends the yes for exactly that. */
async function trustAfterLook(
  client: Client,
  folder: string,
  { flags, context }: { flags: TrustFlags; context: CliContext },
): Promise<number> {
  const { terminal } = context;
  const found = await client.inspectTrust({ folder });
  if (found.files.length === 0 || found.state === "trusted") return print(found, flags, context);
  terminal.say(toContentLines(found).join("\n"));
  if (flags.yes !== true && !terminal.canAsk) {
    terminal.say(
      `Nothing is trusted yet. Say yes with the command: profclaw trust ${toShellWord(found.folder)} --yes`,
    );
    return needsInputExitCode;
  }
  const isYes = flags.yes === true || (await askYes(`Trust these files of ${found.folder}? [y/N] `));
  if (!isYes) throw new ProfclawError("policy-denied", "Nothing is trusted.", { hint: "Say y, or --yes." });
  return print(await client.trustFolder({ folder, content: found.content }), flags, context);
}

async function list(client: Client, flags: TrustFlags, context: CliContext): Promise<number> {
  const trusted = await client.listTrust({});
  const lines = trusted.folders.map(toLine);
  const text = lines.length === 0 ? "No folder is trusted." : lines.join("\n");
  context.terminal.print(flags.json === true ? toJsonText(trusted) : text);
  return 0;
}

function print(found: FolderTrustView, flags: TrustFlags, { terminal }: CliContext): number {
  terminal.print(flags.json === true ? toJsonText(found) : toLine(found));
  return 0;
}

function toLine({ folder, state, files, changed }: FolderTrustView): string {
  const count =
    files.length === 0 ? "it has no settings of its own" : files.map(({ path }) => path).join(", ");
  const what = state === "changed" ? `trust has ended, these changed: ${changed.join(", ")}` : count;
  return toVisibleText(`${state.padEnd(9)}  ${folder}  (${what})`);
}

/** Every file whole, each odd character shown: what is not seen is not agreed to. */
function toContentLines({ files, changed, state }: FolderTrustView): string[] {
  const heads = state === "changed" ? [`Changed since it was trusted: ${changed.join(", ")}`] : [];
  const bodies = files.map(
    ({ path, text = "" }) => `── ${path}\n${text.split("\n").map(toVisibleText).join("\n").trimEnd()}`,
  );
  return [...heads.map(toVisibleText), ...bodies];
}
