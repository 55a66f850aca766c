import type { CommandPart } from "./command-parse.ts";
import type { RuleTarget } from "./rule.ts";

type CommandTarget = Extract<RuleTarget, { kind: "command" }>;

/** Commands that run what their own words name. */
const wrappers: ReadonlySet<string> = new Set(
  `env sh bash dash zsh ksh ash fish busybox timeout nice ionice nohup setsid stdbuf time command builtin exec eval
  xargs parallel sudo doas su watch chroot unshare nsenter script strace ltrace flock taskset chrt systemd-run
  npx bunx . source trap`.split(/\s+/),
);

/** git's own flags before its command, and those of them whose value is a word of its own. */
const gitValues: ReadonlySet<string> = new Set(["-C", "-c", "--git-dir", "--work-tree", "--namespace"]);

/** Whether a part is what a rule allows, word for word: never by a wrapper, another path or another spelling. */
export function isAllowedArgv(argv: readonly string[], target: CommandTarget): boolean {
  return startsWith(argv, target.argv) && (target.isOpen || argv.length === target.argv.length);
}

/** A part, or a text that is not understood, as narrowing rules look at it; made once for all of them. */
export type SeenCommand =
  | { kind: "argv"; argv: readonly string[] }
  | { kind: "held"; spellings: HeldWords[] };

/** Words in a row, and where each stands as a command's name. */
interface HeldWords {
  words: string[];
  places: Map<string, number[]>;
}

/**
 * A part by its argv. One that runs others (`env`, `sh -c`, `xargs`), and a text that is not understood, by
 * all words that might be in it: rules find their own in a row, anywhere, quotes and escapes gone.
 */
export function seeCommand(part: CommandPart | string): SeenCommand {
  if (typeof part !== "string" && !runsOthers(part.argv)) return { kind: "argv", argv: part.argv };
  const text = (typeof part === "string" ? part : part.argv.join(" ")).slice(0, 65_536);
  // `r\m` and `r''m` are rm to a shell.
  return { kind: "held", spellings: [text, text.replaceAll(/["'\\]/g, "")].map(holdWords) };
}

/** Whether it is, or might run, what a rule denies or asks for: by name in any folder, through git's own flags. */
export function mayRun(seen: SeenCommand, target: CommandTarget): boolean {
  if (seen.kind === "argv") {
    return isNarrowedAt(seen.argv, target) && (target.isOpen || hasNoMore(seen.argv, target));
  }
  const name = toName(target.argv[0] ?? "");
  return seen.spellings.some(({ words, places }) =>
    places.get(name)?.some((at) => isNarrowedAt(words.slice(at, at + 80), target)),
  );
}

function holdWords(text: string): HeldWords {
  const words = text.split(/[\s"'`;&|<>(){}=,$\\]+/).filter((word) => word !== "");
  const places = new Map<string, number[]>();
  for (const [at, word] of words.entries()) {
    const known = places.get(toName(word));
    if (known === undefined) places.set(toName(word), [at]);
    else known.push(at);
  }
  return { words, places };
}

function runsOthers(argv: readonly string[]): boolean {
  const name = toName(argv[0] ?? "");
  return wrappers.has(name) || (name === "find" && argv.some((word) => /^-(?:exec|ok)/.test(word)));
}

function isNarrowedAt(argv: readonly string[], target: CommandTarget): boolean {
  const [name = "", ...rest] = argv;
  const wanted = [toName(target.argv[0] ?? ""), ...target.argv.slice(1)];
  const plain = [toName(name), ...rest];
  if (startsWith(plain, wanted)) return true;
  return plain[0] === "git" && startsWith(skipGitFlags(plain), wanted);
}

function hasNoMore(argv: readonly string[], target: CommandTarget): boolean {
  const length = target.argv.length;
  return argv.length === length || (toName(argv[0] ?? "") === "git" && skipGitFlags(argv).length === length);
}

function skipGitFlags(argv: readonly string[]): string[] {
  let at = 1;
  while (argv[at]?.startsWith("-") === true) at += gitValues.has(argv[at] ?? "") ? 2 : 1;
  return ["git", ...argv.slice(at)];
}

function startsWith(argv: readonly string[], start: readonly string[]): boolean {
  return argv.length >= start.length && start.every((word, at) => argv[at] === word);
}

/** `/bin/rm` and `RM.EXE` are no way around a rule for rm. */
function toName(word: string): string {
  return word.slice(word.lastIndexOf("/") + 1).toLowerCase();
}
