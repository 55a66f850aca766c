import { ProfclawError } from "../core/errors.ts";
import { findNearest } from "../core/nearest.ts";
import type { CommandEntry } from "./command-entry.ts";
import { commandTable } from "./command-table.ts";

/** Designed, and part of a later version. */
const laterCommands = new Set(["open", "mcp"]);

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
  if (!groups.includes(first)) throw toUnknown(first, argv.slice(0, mostWords));
  if (!helpWords.has(second)) throw toUnknown(`${first} ${second}`);
  return more.length === 0 ? { kind: "help", group: first } : toHelp([first, ...more]);
}

/** "cost limits set --day 5" is `cost limits set`, not `cost`. */
function findLongestName(argv: readonly string[]): Typed | undefined {
  for (let count = Math.min(mostWords, argv.length); count > 0; count -= 1) {
    const name = argv.slice(0, count).join(" ");
    const entry = commandTable.find((candidate) => candidate.name === name);
    if (entry === undefined) continue;
    refuseStray(name, argv[count]);
    return { kind: "command", entry, argv: argv.slice(count) };
  }
  return undefined;
}

/** "cost limts" is no `cost` with a word too many: what has commands below it takes no words of its own. */
function refuseStray(name: string, next: string | undefined): void {
  if (next === undefined || next.startsWith("-") || helpWords.has(next)) return;
  if (commandTable.some((entry) => entry.name.startsWith(`${name} `))) throw toUnknown(`${name} ${next}`);
}

/** `help agent spawn` is `agent spawn --help`. */
function toHelp(words: readonly string[]): Typed {
  return findCommand([...words.filter((word) => !helpWords.has(word)), "--help"]);
}

/** `words`: all that may be meant as a name, where more was typed. */
function toUnknown(name: string, words: readonly string[] = []): ProfclawError {
  if (laterCommands.has(name)) {
    return new ProfclawError("invalid-request", `profclaw ${name} is not there yet.`, {
      hint: "What there is: profclaw --help",
    });
  }
  return new ProfclawError("invalid-request", `There is no command "${name}".`, {
    hint: toHint(name, words),
  });
}

function toHint(name: string, words: readonly string[]): string {
  const names = commandTable.map((candidate) => candidate.name);
  // "polcy check" is nearer to a whole name than "polcy" to its first word.
  const whole = [3, 2].flatMap((count) =>
    words.length < count ? [] : findNearest(words.slice(0, count).join(" "), names, 1),
  );
  if (whole[0]?.includes(" ")) return `Did you mean: profclaw ${whole[0]}?`;
  // "profclaw spawn" is meant as "profclaw agent spawn".
  const inGroup = groups.map((group) => `${group} ${name}`).filter((both) => names.includes(both));
  const nearest = inGroup.length > 0 ? inGroup : findNearest(name, [...names, ...groups]);
  if (nearest.length === 0) return "What there is: profclaw --help";
  return `Did you mean: ${nearest.map((one) => `profclaw ${one}`).join(", ")}?`;
}
