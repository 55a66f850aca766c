import type { Command } from "commander";
import { resolve } from "node:path";
import { defineCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { linkDaemon } from "../daemon-link.ts";
import { toJsonText } from "../plain-text.ts";
import { renderPolicy } from "../policy-text.ts";

export interface PlaceFlags {
  cwd?: string;
  permissionMode?: string;
}

export const policyShow = defineCommand<PlaceFlags>({
  name: "policy show",
  summary: "What sessions may do here: the levels, and every rule with the place it comes from.",
  examples: ["profclaw policy show", "profclaw policy show --cwd ~/app --permission-mode allowlist"],
  declare: declarePlace,
  async run({ options: flags }, context) {
    const client = await linkDaemon(context);
    try {
      const policy = await client.showPolicy(toPlace(flags, context));
      const { terminal } = context;
      terminal.print(
        flags.json === true ? toJsonText(policy) : renderPolicy(policy, terminal.dataWidth()).join("\n"),
      );
      return 0;
    } finally {
      client.close();
    }
  },
});

export function declarePlace(parser: Command): void {
  parser
    .option("--cwd <folder>", "where the session would work (default: here)")
    .option("--permission-mode <level>", "its level (default: auto)");
}

/** The folder and level that are asked about. */
export function toPlace(
  { cwd, permissionMode }: PlaceFlags,
  context: CliContext,
): { cwd: string; permission_mode?: string } {
  const place = { cwd: resolve(context.cwd, cwd ?? ".") };
  return permissionMode === undefined ? place : { ...place, permission_mode: permissionMode };
}
