import type { CommandShape, FlagShape } from "../command-shape.ts";
import type { CommandEntry } from "../command-entry.ts";
import type { CliContext } from "../context.ts";
import { type Candidate, type Completion, toCandidates } from "./candidate.ts";
import { findValues } from "./sources.ts";

type CommandTable = readonly CommandEntry[];

/** What may take the place of the last word, which is typed in part or not yet; the words begin after `profclaw`. */
export async function completeWords(
  typed: readonly string[],
  { table, context }: { table: CommandTable; context: CliContext },
): Promise<Completion> {
  const words = typed[0] === "help" && typed.length > 1 ? typed.slice(1) : typed;
  const [before, current] = [words.slice(0, -1), words.at(-1) ?? ""];
  const names = findNextNames(table, before);
  const entry = findEntry(table, before);
  if (entry === undefined) return keepFitting({ kind: "words", words: names }, current);
  const after = before.slice(entry.name.split(" ").length);
  const command = { name: entry.name, shape: await (await entry.load()).shape() };
  const more = await completeCommand({ command, after, current, context });
  return keepFitting(more.kind === "words" ? { ...more, words: [...names, ...more.words] } : more, current);
}

/** The next words of all names that begin so: "spawn" after "agent". */
function findNextNames(table: CommandTable, before: readonly string[]): Candidate[] {
  const inside = table.flatMap(({ name, summary }) => {
    const parts = name.split(" ");
    const isInside = parts.length > before.length && before.every((word, at) => parts[at] === word);
    return isInside ? [{ rest: parts.slice(before.length), summary }] : [];
  });
  const next = [...new Set(inside.map(({ rest }) => rest[0] ?? ""))];
  return next.map((value) => {
    const [own, ...others] = inside.filter(({ rest }) => rest[0] === value);
    const isCommand = own?.rest.length === 1;
    const below = [own, ...others].map((one) => one?.rest[1] ?? "").join(", ");
    return { value, about: isCommand ? own.summary : below };
  });
}

function findEntry(table: CommandTable, before: readonly string[]): CommandEntry | undefined {
  const found = table.filter(({ name }) => name.split(" ").every((word, at) => before[at] === word));
  return found.toSorted((a, b) => b.name.length - a.name.length)[0];
}

interface InCommand {
  command: { name: string; shape: CommandShape };
  /** The whole words after its name. */
  after: readonly string[];
  current: string;
  context: CliContext;
}

async function completeCommand(typed: InCommand): Promise<Completion> {
  const { command, after, current } = typed;
  const last = findFlag(command.shape, after.at(-1) ?? "");
  const isPlain = after.includes("--");
  if (!isPlain && last?.takesValue === true) return completeValue(typed, last.long, "");
  const [, name = "", equals = ""] = /^(--[\w-]+)(=)/.exec(current) ?? [];
  if (!isPlain && equals !== "") return completeValue(typed, name, `${name}=`);
  if (!isPlain && current.startsWith("-")) return { kind: "words", words: listFlags(typed) };
  const place = findPlace(typed);
  if (place === undefined) return { kind: "words", words: isPlain ? [] : listFlags(typed) };
  return findValues({ command: command.name, of: `<${place}>`, provider: undefined, context: typed.context });
}

function findFlag({ flags }: CommandShape, word: string): FlagShape | undefined {
  return flags.find(({ long, short }) => word !== "" && (word === long || word === short));
}

function listFlags({ command, current }: InCommand): Candidate[] {
  const isShort = /^-[^-]?$/.test(current);
  return command.shape.flags.flatMap(({ long, short, description }) => [
    { value: long, about: description },
    ...(isShort && short !== undefined && short !== long ? [{ value: short, about: description }] : []),
  ]);
}

/** A list (`--tools read_file,gr`) is completed at its last comma. */
async function completeValue(typed: InCommand, flag: string, prefix: string): Promise<Completion> {
  const { command, after, current, context } = typed;
  const provider = after[after.indexOf("--provider") + 1];
  const values = await findValues({
    command: command.name,
    of: flag,
    provider: after.includes("--provider") && flag === "--model" ? provider : undefined,
    context,
  });
  if (values.kind !== "words") return values;
  const isList = flag === "--tools" || flag === "--status";
  const listed = isList ? current.slice(prefix.length, current.lastIndexOf(",") + 1) : "";
  return {
    kind: "words",
    words: values.words.map(({ value, about }) => ({ value: `${prefix}${listed}${value}`, about })),
  };
}

/** The name of the place that the current word is in. */
function findPlace({ command, after }: InCommand): string | undefined {
  const { places } = command.shape;
  const taken = after.filter(
    (word, at) => !word.startsWith("-") && findFlag(command.shape, after[at - 1] ?? "")?.takesValue !== true,
  );
  const last = places.at(-1);
  const place = places[taken.length] ?? (last?.isMany === true ? last : undefined);
  return place?.name;
}

/** A word that a shell would take for more than a word is not offered: roles and models bear names that others gave. */
const plainWord = /^[\w@%+=:,./-]+$/;

function keepFitting(completion: Completion, current: string): Completion {
  if (completion.kind !== "words") return completion;
  const fitting = completion.words.filter(({ value }) => value.startsWith(current) && plainWord.test(value));
  return { kind: "words", words: fitting.length > 0 ? fitting : toCandidates([]) };
}
