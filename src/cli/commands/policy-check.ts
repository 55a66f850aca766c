import { resolve } from "node:path";
import type { InputOf } from "../../client/create-client.ts";
import { ProfclawError } from "../../core/errors.ts";
import { defineCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { linkDaemon } from "../daemon-link.ts";
import { toJsonText } from "../plain-text.ts";
import { renderCheck } from "../policy-text.ts";
import { type PlaceFlags, declarePlace, toPlace } from "./policy-show.ts";

interface CheckFlags extends PlaceFlags {
  read?: string;
  write?: string;
  host?: string;
}

const exitCodes = { allow: 0, deny: 6, ask: 8 };

export const policyCheck = defineCommand<CheckFlags>({
  name: "policy check",
  summary:
    "Would it be allowed? Part by part, and by which rule. Exit 0 allow, 6 deny, 8 ask; nothing is run.",
  examples: [
    'profclaw policy check "git log && npm test"',
    'profclaw policy check "rm -rf build" --permission-mode full',
    "profclaw policy check --write src/index.ts",
    "profclaw policy check --host docs.example.com",
  ],
  declare(parser) {
    parser.argument("[command...]", "a shell command, in quotes");
    declarePlace(parser);
    parser
      .option("--read <path>", "reading this file or folder instead")
      .option("--write <path>", "writing this file instead")
      .option("--host <name>", "reaching this host instead");
  },
  async run({ args, options: flags }, context) {
    const body = toBody(args, flags, context);
    const client = await linkDaemon(context);
    try {
      const check = await client.checkPolicy(body);
      context.terminal.print(flags.json === true ? toJsonText(check) : renderCheck(check).join("\n"));
      return exitCodes[check.decision];
    } finally {
      client.close();
    }
  },
});

function toBody(args: readonly string[], flags: CheckFlags, context: CliContext): InputOf<"checkPolicy"> {
  const { read, write, host } = flags;
  const command = args.length === 0 ? undefined : args.join(" ");
  const given = [command, read, write, host].filter((one) => one !== undefined);
  // Words would have to be quoted again, and differently from how they were typed.
  if (given.length !== 1 || args.length > 1) {
    throw new ProfclawError(
      "invalid-request",
      "Give one command in quotes, or one of --read, --write, --host.",
      {
        hint: 'For example: profclaw policy check "git log && npm test"',
      },
    );
  }
  const place = toPlace(flags, context);
  if (command !== undefined) return { ...place, command };
  if (read !== undefined) return { ...place, read: resolve(place.cwd, read) };
  if (write !== undefined) return { ...place, write: resolve(place.cwd, write) };
  return { ...place, host: host ?? "" };
}
