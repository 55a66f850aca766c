import { readArguments, type ArgumentsOutcome, type CommandRule } from "./command-arguments.ts";
import { gitCommands } from "./git-commands.ts";

const words = (text: string) => text.trim().split(/\s+/);

/**
 * Whole command lines that are listed as they stand. Not here: cargo, go, yarn and pnpm, which run
 * another version of themselves that the workspace names.
 */
const exactCommands: ReadonlySet<string> = new Set([
  ...["node", "npm", "git", "rg", "python3"].map((name) => `${name} --version`),
  "node -v",
  "npm -v",
  "git stash list",
]);

/**
 * The shipped list: commands that only read, with the flags that keep it so. Not here: printf, whose
 * -v and %n set variables of the shell.
 */
const commands: Record<string, CommandRule> = {
  ls: {
    short: "aAcCdFghHiklLmnopqrRsStuUvxX1",
    long: words(
      "all almost-all human-readable recursive reverse size color group-directories-first full-time si inode",
    ),
    longValues: words("time-style sort time"),
  },
  cat: {
    short: "AbeEnstTuv",
    long: words("number number-nonblank show-all show-ends show-tabs squeeze-blank"),
  },
  head: { short: "qvz", shortValues: "nc", counts: true, longValues: words("lines bytes"), long: ["quiet"] },
  tail: { short: "qvz", shortValues: "nc", counts: true, longValues: words("lines bytes"), long: ["quiet"] },
  wc: { short: "clmwL", long: words("bytes chars lines words max-line-length") },
  grep: {
    short: "EFGPiIvwxcLlqsbHhnorTzUaZ",
    shortValues: "eABCmdD",
    counts: true,
    long: words(`
      extended-regexp fixed-strings basic-regexp perl-regexp ignore-case invert-match word-regexp line-regexp count
      files-with-matches files-without-match only-matching quiet no-messages line-number with-filename no-filename
      recursive text null color
    `),
    longValues: words(
      "regexp max-count after-context before-context context include exclude exclude-dir binary-files",
    ),
    words: "pattern-first",
    descends: true,
  },
  rg: {
    short: "iSsvwxclnNHhoFPU0pqI.au",
    shortValues: "eABCmgtTMEjdr",
    long: words(`
      ignore-case smart-case case-sensitive invert-match word-regexp line-regexp count count-matches files-with-matches
      files-without-match line-number no-line-number with-filename no-filename only-matching fixed-strings pcre2
      multiline multiline-dotall null pretty quiet hidden no-ignore no-ignore-vcs files json stats no-heading heading
      trim vimgrep column text unrestricted no-config type-list no-messages
    `),
    longValues: words(
      "regexp max-count after-context before-context context glob iglob type type-not max-columns max-depth color sort sortr replace max-filesize",
    ),
    words: "pattern-first",
    descends: true,
  },
  sort: {
    short: "bcdfghiMnRruVz",
    shortValues: "kt",
    long: words(
      "numeric-sort reverse unique human-numeric-sort version-sort ignore-case stable zero-terminated",
    ),
    longValues: words("key field-separator"),
  },
  uniq: {
    short: "cdDiuz",
    shortValues: "fsw",
    long: words("count repeated unique ignore-case"),
    maxWords: 1,
  },
  cut: {
    short: "snz",
    shortValues: "dfcb",
    longValues: words("delimiter fields characters bytes output-delimiter"),
    long: words("complement only-delimited"),
  },
  tr: { short: "cCdst", words: "text" },
  nl: { shortValues: "bwsvn" },
  diff: {
    short: "ubwBiEqcyNaspt",
    shortValues: "UC",
    long: words("brief unified side-by-side ignore-all-space ignore-case color text new-file"),
    longValues: words("exclude width"),
    filesOnly: true,
  },
  cmp: { short: "bls" },
  comm: { short: "123z" },
  du: {
    short: "abcDhHklmsSx0",
    shortValues: "dtB",
    long: words("human-readable summarize all total apparent-size bytes"),
    longValues: words("max-depth exclude threshold"),
  },
  df: { short: "ahHikmPT" },
  stat: {
    short: "Lft",
    shortValues: "c",
    longValues: words("format printf"),
    long: words("dereference terse"),
  },
  file: { short: "biLhkN0", long: words("brief mime mime-type mime-encoding dereference no-dereference") },
  tree: {
    short: "adfhiDFpsugC",
    shortValues: "LIP",
    long: words("dirsfirst noreport gitignore prune du"),
    counts: false,
  },
  sha256sum: { short: "bt" },
  sha1sum: { short: "bt" },
  md5sum: { short: "bt" },
  basename: { words: "text" },
  dirname: { words: "text" },
  realpath: { short: "emsz" },
  readlink: { short: "efmnz" },
  pwd: { short: "LP", words: "none" },
  echo: { words: "text" },
  true: { words: "text" },
  false: { words: "text" },
  which: { short: "a" },
  date: {
    short: "uR",
    shortValues: "d",
    long: words("utc rfc-email iso-8601"),
    longValues: ["date", "rfc-3339"],
    wordPattern: /^\+/,
  },
  uname: { short: "amnprsv", words: "none" },
  whoami: { words: "none" },
  id: { short: "gGnru", words: "none" },
  nproc: { words: "none" },
};

const findFlags = new Set(
  words(`
    -print -print0 -ls -prune -empty -not -a -and -o -or -readable -writable -executable -depth -mount -xdev -true
    -false -quit -daystart -P
  `),
);

const findValues = new Set(
  words(`
    -name -iname -path -ipath -wholename -regex -iregex -regextype -type -xtype -maxdepth -mindepth -mtime -mmin -ctime
    -cmin -atime -amin -size -perm -user -group -printf -links -newermt
  `),
);

/** Whether a literal argv only reads, by the shipped list, and which paths it names. */
export function matchReadOnly(argv: readonly string[]): ArgumentsOutcome {
  if (exactCommands.has(argv.join(" "))) return { kind: "listed", paths: [], rule: {} };
  const [name = "", ...args] = argv;
  if (name === "git") return matchGit(args);
  if (name === "find") return matchFind(args);
  const rule = Object.hasOwn(commands, name) ? commands[name] : undefined;
  return rule === undefined ? { kind: "unlisted", reason: `the command ${name}` } : readArguments(args, rule);
}

function matchGit(args: readonly string[]): ArgumentsOutcome {
  const [name = "", ...rest] = args[0] === "--no-pager" ? args.slice(1) : args;
  const rule = Object.hasOwn(gitCommands, name) ? gitCommands[name] : undefined;
  if (rule === undefined) return { kind: "unlisted", reason: `git ${name}` };
  return readArguments(rest, rule);
}

/** find has its own grammar: paths, then an expression in which -exec, -delete and -fprint do things. */
function matchFind(args: readonly string[]): ArgumentsOutcome {
  const paths: string[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? "";
    if (findValues.has(arg)) index += 1;
    else if (arg.startsWith("-") && !findFlags.has(arg)) return { kind: "unlisted", reason: `find ${arg}` };
    else if (!arg.startsWith("-") && !["!", "(", ")", ","].includes(arg)) paths.push(arg);
  }
  return { kind: "listed", paths, rule: {} };
}
