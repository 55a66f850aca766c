import { ProfclawError } from "../core/errors.ts";
import { findNearest } from "../core/nearest.ts";
import type { CommandEntry } from "./command-entry.ts";
import { commandTable } from "./command-table.ts";

/** Designed, and part of a later version. */
const laterCommands = new Set([
  "agent attach",
  "agent diff",
  "agent apply",
  "agent list",
  "run",
  "flow",
  "open",
  "mcp",
]);

/** What was typed: a command and its words, or a wish for help. */
export type Typed =
  | { kind: "command"; entry: CommandEntry; argv: readonly string[] }
  | { kind: "help"; group: string };

/** First words of names that have more: "agent", "cost". */
const groups = [
  ...new Set(commandTable.flatMap(({ name }) => (name.includes(" ") ? [name.replace(/ .*/, "")] : []))),
];
const helpWords = new Set(["help", "-h", "--help"]);
const mostWords = 3;

/** Finds the command in the words. Throws invalid-request with the nearest names for one that is not there. */
export function findCommand(argv: readonly string[]): Typed {
  const [first = "help", second = "help", ...more] = argv;
  const rest = argv.slice(1);
  if (helpWords.has(first)) return rest.length === 0 ? { kind: "help", group: "" } : toHelp(rest);
  if (first === "-v" || first === "-V" || first === "--version") return findCommand(["version", ...rest]);
  const named = findLongestName(argv);
  if (named !== undefined) return named;
  if (!groups.includes(first)) throw toUnknown(first);
  if (!helpWords.has(second)) throw toUnknown(`${first} ${second}`);
  return more.length === 0 ? { kind: "help", group: first } : toHelp([first, ...more]);
}

/** "cost limits set --day 5" is `cost limits set`, not `cost`. */
function findLongestName(argv: readonly string[]): Typed | undefined {
  for (let count = Math.min(mostWords, argv.length); count > 0; count -= 1) {
    const name = argv.slice(0, count).join(" ");
    const entry = commandTable.find((candidate) => candidate.name === name);
    if (entry !== undefined) return { kind: "command", entry, argv: argv.slice(count) };
  }
  return undefined;
}

/** `help agent spawn` is `agent spawn --help`. */
function toHelp(words: readonly string[]): Typed {
  return findCommand([...words.filter((word) => !helpWords.has(word)), "--help"]);
}

function toUnknown(name: string): ProfclawError {
  if (laterCommands.has(name)) {
    return new ProfclawError("invalid-request", `profclaw ${name} is not there yet.`, {
      hint: "What there is: profclaw --help",
    });
  }
  return new ProfclawError("invalid-request", `There is no command "${name}".`, { hint: toHint(name) });
}

function toHint(name: string): string {
  const names = commandTable.map((candidate) => candidate.name);
  // "profclaw spawn" is meant as "profclaw agent spawn".
  const inGroup = groups.map((group) => `${group} ${name}`).filter((whole) => names.includes(whole));
  const nearest = inGroup.length > 0 ? inGroup : findNearest(name, [...names, ...groups]);
  if (nearest.length === 0) return "What there is: profclaw --help";
  return `Did you mean: ${nearest.map((one) => `profclaw ${one}`).join(", ")}?`;
}
