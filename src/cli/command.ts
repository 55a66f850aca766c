import { Command, CommanderError, Option } from "commander";
import { ProfclawError } from "../core/errors.ts";
import { type CommandShape, toShape } from "./command-shape.ts";
import type { CliContext } from "./context.ts";

interface Invocation<Options> {
  args: string[];
  options: Options;
}

/** One command of the command line: its flags, and what it does. */
export interface CommandSpec<Options extends object> {
  /** As typed after `profclaw`: "agent spawn". */
  name: string;
  summary: string;
  /** Shown first in the help. */
  examples: readonly string[];
  /** Flags and arguments. `--json` and `--help` are added to every command. */
  declare?(parser: Command): void;
  /** Flags of later versions: refused by name instead of as unknown. */
  laterFlags?: readonly string[];
  /** Resolves to the exit code. Throws ProfclawErrors. */
  run(invocation: Invocation<Options & { json?: boolean }>, context: CliContext): Promise<number>;
}

export interface CliCommand {
  /** What can be typed after its name. */
  shape(): CommandShape | Promise<CommandShape>;
  run(argv: readonly string[], context: CliContext): Promise<number>;
}

/** Makes a command from its declaration: parses its words, then runs it. */
export function defineCommand<Options extends object>(
  spec: CommandSpec<Options>,
): CliCommand & { shape(): CommandShape } {
  return {
    shape: () => toShape(declareAll(new Command(), spec), spec.examples),
    async run(argv, context) {
      const parser = createParser(spec, context);
      try {
        parser.parse([...argv], { from: "user" });
      } catch (error) {
        if (error instanceof CommanderError && error.exitCode === 0) return 0;
        throw toUsageError(error, spec.name);
      }
      refuseLater(parser, spec);
      return spec.run({ args: parser.args, options: parser.opts() }, context);
    },
  };
}

function createParser<Options extends object>(spec: CommandSpec<Options>, context: CliContext): Command {
  const parser = new Command(`profclaw ${spec.name}`)
    .description(spec.summary)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.terminal.print(text.trimEnd()),
      writeErr: () => undefined,
    })
    .configureHelp({ helpWidth: Math.min(context.terminal.dataWidth(), 110), showGlobalOptions: false })
    .addHelpText("before", `${spec.examples.map((example) => `  ${example}`).join("\n")}\n\n`);
  return declareAll(parser, spec);
}

function declareAll<Options extends object>(parser: Command, spec: CommandSpec<Options>): Command {
  parser.helpOption("-h, --help", "show this");
  spec.declare?.(parser);
  parser.option("--json", "print the daemon's answer as JSON");
  for (const flag of spec.laterFlags ?? []) {
    const takesValue = !flag.startsWith("--no-");
    parser.addOption(new Option(takesValue ? `${flag} [value]` : flag).hideHelp());
  }
  return parser;
}

function refuseLater<Options extends object>(parser: Command, spec: CommandSpec<Options>): void {
  const later = new Set(spec.laterFlags);
  const given = parser.options.find(
    (option) =>
      later.has(option.flags.replace(" [value]", "")) &&
      parser.getOptionValueSource(option.attributeName()) === "cli" &&
      // --slim and --no-slim share a value: false is what the second one sets.
      option.negate === (parser.getOptionValue(option.attributeName()) === false),
  );
  if (given === undefined) return;
  throw new ProfclawError("invalid-request", `${given.long ?? given.flags} is not there yet.`, {
    hint: `What there is: profclaw ${spec.name} --help`,
  });
}

/** commander says "error: unknown option '--tsk'\n(Did you mean --task?)". */
function toUsageError(error: unknown, name: string): unknown {
  if (!(error instanceof CommanderError)) return error;
  const [first = "", ...rest] = error.message.replace(/^error: /, "").split("\n");
  const suggestion = rest.join(" ").replaceAll(/[()]/g, "").trim();
  const hint = suggestion === "" ? `Its flags: profclaw ${name} --help` : suggestion;
  return new ProfclawError("invalid-request", `${first.replace(/\.$/, "")}.`, { hint });
}

/** Collects a flag that may come more than once. */
export function collect(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value];
}
