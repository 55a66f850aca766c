/** What a read-only command may be given. Flags that are not here make it unlisted. */
export interface CommandRule {
  /** One-letter flags without and with a value. */
  short?: string;
  shortValues?: string;
  /** One-letter flags whose value can only be attached (-M90%): the next word is not theirs. */
  shortAttached?: string;
  /** Long flags; with a value also as `--name=value`. */
  long?: readonly string[];
  longValues?: readonly string[];
  /** True if -20 is a count. */
  counts?: boolean;
  /** What plain words are. `pattern-first`: a pattern, then paths. `text`: anything, flags too. Default: paths. */
  words?: "paths" | "pattern-first" | "text" | "none";
  /** What a plain word must look like. */
  wordPattern?: RegExp;
  /** True if only files may be named: of a folder it would follow the links. */
  filesOnly?: boolean;
  /** True where a value that stands alone might be a plain word to another version: it is judged as a path too. */
  valuesAsPaths?: boolean;
  /** Most plain words, where one more would be a file to write. */
  maxWords?: number;
  /** Reads whole folders, also the current one when none is named. */
  descends?: boolean;
  /** No flag's value may match: formats that run programs. */
  forbiddenValues?: RegExp;
}

/** The paths a command line names, or why it is not on the list. */
export type ArgumentsOutcome =
  | { kind: "listed"; paths: string[]; rule: CommandRule }
  | { kind: "unlisted"; reason: string };

interface Reading {
  rule: CommandRule;
  args: readonly string[];
  at: number;
  words: string[];
  values: string[];
  flags: Set<string>;
  reason: string | null;
}

/** A flag that says the pattern itself, so that every plain word is a path. */
const patternFlags = ["e", "regexp", "files"];

/** Reads `args` (without the command's name) by `rule`, as getopt does, abbreviations refused. */
export function readArguments(args: readonly string[], rule: CommandRule): ArgumentsOutcome {
  if (rule.words === "text") return { kind: "listed", paths: [], rule };
  const reading: Reading = { rule, args, at: 0, words: [], values: [], flags: new Set(), reason: null };
  while (reading.at < args.length && reading.reason === null) takeArgument(reading);
  if (reading.reason !== null) return { kind: "unlisted", reason: reading.reason };
  const refused = findRefusedWord(reading);
  if (refused !== undefined) return { kind: "unlisted", reason: `the argument ${JSON.stringify(refused)}` };
  return { kind: "listed", paths: toPaths(reading), rule };
}

function findRefusedWord({ rule, words }: Reading): string | undefined {
  const most = rule.words === "none" ? 0 : (rule.maxWords ?? Infinity);
  return words.length > most ? words.at(-1) : words.find((word) => rule.wordPattern?.test(word) === false);
}

function takeArgument(reading: Reading): void {
  const arg = reading.args[reading.at] ?? "";
  reading.at += 1;
  if (arg === "--") takeRest(reading);
  else if (arg.startsWith("--")) takeLongFlag(reading, arg);
  else if (reading.rule.counts === true && /^-\d+$/.test(arg)) return;
  else if (arg.startsWith("-") && arg.length > 1) takeShortFlags(reading, arg);
  else reading.words.push(arg);
}

function takeRest(reading: Reading): void {
  reading.words.push(...reading.args.slice(reading.at));
  reading.at = reading.args.length;
}

function takeLongFlag(reading: Reading, arg: string): void {
  const [name = "", ...value] = arg.slice(2).split("=");
  const takesValue = reading.rule.longValues?.includes(name) === true;
  if (!takesValue && reading.rule.long?.includes(name) !== true) {
    reading.reason = `the flag --${name}`;
    return;
  }
  reading.flags.add(name);
  if (value.length > 0) checkValue(reading, value.join("="));
  else if (takesValue) takeValue(reading);
}

function takeShortFlags(reading: Reading, arg: string): void {
  for (let index = 1; index < arg.length; index += 1) {
    const letter = arg.charAt(index);
    reading.flags.add(letter);
    if (reading.rule.shortValues?.includes(letter) === true) {
      const attached = arg.slice(index + 1);
      if (attached === "") takeValue(reading);
      else checkValue(reading, attached);
      return;
    }
    if (reading.rule.shortAttached?.includes(letter) === true)
      return checkValue(reading, arg.slice(index + 1));
    if (reading.rule.short?.includes(letter) !== true) reading.reason ??= `the flag -${letter}`;
  }
}

function takeValue(reading: Reading): void {
  const value = reading.args[reading.at] ?? "";
  checkValue(reading, value);
  reading.values.push(value);
  reading.at += 1;
}

function checkValue(reading: Reading, value: string): void {
  if (reading.rule.forbiddenValues?.test(value) === true)
    reading.reason ??= `the value ${JSON.stringify(value)}`;
}

function toPaths({ rule, words, values, flags }: Reading): string[] {
  const hasPattern = rule.words === "pattern-first" && !patternFlags.some((flag) => flags.has(flag));
  const named = hasPattern ? words.slice(1) : words;
  const paths = rule.valuesAsPaths === true ? [...named, ...values] : named;
  return rule.descends === true ? [...paths, "."] : paths;
}
