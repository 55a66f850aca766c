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

/**
 * Whether a part is, or might run, what a rule denies or asks for: under the command's name in any folder,
 * through git's own flags, and anywhere among the words of a command that runs others (`env`, `sh -c`, `xargs`).
 */
export function mayRun({ argv }: CommandPart, target: CommandTarget): boolean {
  if (runsOthers(argv)) return mayHold(argv.join(" "), target);
  return isNarrowedAt(argv, target) && (target.isOpen || hasNoMore(argv, target));
}

/** The same for a text that is not understood: the rule's words in a row, anywhere, quotes and escapes gone. */
export function mayHold(text: string, target: CommandTarget): boolean {
  const cut = text.slice(0, 65_536);
  // `r\m` and `r''m` are rm to a shell.
  return [cut, cut.replaceAll(/["'\\]/g, "")].some((spelling) => {
    const words = spelling.split(/[\s"'`;&|<>(){}=,$\\]+/).filter((word) => word !== "");
    return words.some((_, at) => isNarrowedAt(words.slice(at, at + 80), target));
  });
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
