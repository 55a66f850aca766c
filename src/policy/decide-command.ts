import type { CommandRule } from "./command-arguments.ts";
import { parseCommand, type CommandPart, type ParsedCommand } from "./command-parse.ts";
import { findAllowedCommand, findAllowedPath, findToolRule, isNarrowedBelow } from "./find-rule.ts";
import { judgeCell } from "./judge-cell.ts";
import { judgePath } from "./judge-path.ts";
import type { Judgement } from "./judgement.ts";
import { narrowCommand, showCommand } from "./narrow-command.ts";
import { isInside, protectedBelow, refusedReason, secretReason } from "./path-rules.ts";
import { matchReadOnly } from "./read-only-commands.ts";
import type { Rule } from "./rule.ts";
import type { PolicyScope } from "./scope.ts";

type Folders = Pick<PolicyScope, "workspace" | "homes">;

const maxBases = 4;
const maxPathChars = 4_096;

/** Every path that the words of a command could name, seen from every folder it could be in. */
export function commandPaths(command: string, folders: Folders): string[] {
  const parsed = parse(command, folders);
  const words = parsed.kind === "parts" ? parsed.parts.flatMap(toWords) : toRoughWords(command, folders);
  const bases = toBases(parsed, folders);
  return [...new Set([...bases, ...[...words, "."].flatMap((word) => toPaths(word, bases))])];
}

/**
 * Whether a command may run, part by part: by the level, the shipped list of commands that only read, and
 * the person's rules. A path with secrets in it is refused at every level.
 */
export function judgeCommand(command: string, scope: PolicyScope): Judgement[] {
  const secret = findSecret(command, scope);
  const what = showCommand(command);
  if (secret !== undefined)
    return [{ what, decision: { kind: "deny", reason: secret }, ground: { kind: "protected" } }];
  const parsed = parse(command, scope);
  const bases = toBases(parsed, scope);
  const narrowed = narrowCommand(
    {
      command,
      parsed,
      pathsIn: (words) => words.flatMap((word) => toPaths(word, bases)),
      roughWords: (text) => toRoughWords(text, scope),
    },
    scope,
  );
  return [...judgeParts(command, { parsed, bases, scope }), ...narrowed];
}

interface ParsedLine {
  parsed: ParsedCommand;
  bases: string[];
  scope: PolicyScope;
}

/** By the level and the allow rules alone. */
function judgeParts(command: string, { parsed, bases, scope }: ParsedLine): Judgement[] {
  const cell = { column: "bash" as const, grant: scope.grants.bash };
  const rule = findToolRule(scope.rules.allow, scope.tool);
  const isFree = scope.grants.bash === "yes" || rule !== undefined;
  if (isFree || parsed.kind === "unclear") {
    const why = parsed.kind === "unclear" && !isFree ? ` with ${parsed.reason}` : "";
    const what = why === "" ? showCommand(command) : `A command${why}`;
    return [judgeCell({ ...cell, listed: false, rule, what })];
  }
  const writes = parsed.parts.flatMap((part) => part.writes).filter((path) => path !== "/dev/null");
  return [
    ...parsed.parts.map((part) => judgePart(part, { scope, bases })),
    ...writes
      .flatMap((path) => toPaths(path, bases))
      .map((path) => judgePath({ path, access: "write" }, { ...scope, tool: "write_file" })),
  ];
}

function parse(command: string, folders: Folders): ParsedCommand {
  const parsed = parseCommand(command, folders.homes[0] ?? "/nonexistent");
  if (parsed.kind === "unclear") return parsed;
  const moves = parsed.parts.filter(isMove);
  if (moves.length > 2) return { kind: "unclear", reason: "more than two cd" };
  return moves.every(isPlainMove)
    ? parsed
    : { kind: "unclear", reason: "a cd that is not to one plain folder" };
}

/** Without `..`: the shell takes it by name and the kernel by link, and after a link they differ. */
function isPlainMove({ argv }: CommandPart): boolean {
  return argv.length === 2 && !/^-|^$|(?:^|\/)\.\.(?:\/|$)/.test(argv[1] ?? "");
}

function isMove(part: CommandPart): boolean {
  return part.argv[0] === "cd";
}

/** The folders a command may be in: a cd may fail or be in a subshell, so the ones before count too. */
function toBases(parsed: ParsedCommand, folders: Folders): string[] {
  let bases = [folders.workspace];
  if (parsed.kind === "unclear") return bases;
  for (const part of parsed.parts.filter(isMove)) {
    bases = [...bases, ...toPaths(part.argv[1] ?? "", bases)].slice(0, maxBases);
  }
  return bases;
}

function judgePart(part: CommandPart, place: { scope: PolicyScope; bases: string[] }): Judgement {
  const { scope, bases } = place;
  const shown = showCommand(part.argv.join(" "));
  const cell = { column: "bash" as const, grant: scope.grants.bash };
  const match = matchPart(part, scope);
  if (match.kind === "unlisted") {
    const what = `${shown} (${match.reason} is not on the list of commands that only read)`;
    return judgeCell({ ...cell, listed: false, what });
  }
  const { rule, paths } = match;
  const outside = [...paths, ...part.reads]
    .filter((path) => path !== "/dev/null")
    .flatMap((path) => toPaths(path, bases))
    .find((path) => !isReadable(path, { scope, rule: match.reads }));
  if (outside !== undefined) {
    const what = `${shown} on ${outside}, which is not wholly inside the workspace,`;
    return judgeCell({ ...cell, listed: false, what });
  }
  if (rule !== undefined) return judgeCell({ ...cell, listed: false, rule, what: shown });
  const found = judgeCell({ ...cell, listed: true, what: shown });
  return found.decision.kind === "allow" ? { ...found, ground: { kind: "shipped-list" } } : found;
}

/** Why a part is listed: by a rule of the person's, or because it only reads what it names. */
type PartMatch =
  | { kind: "listed"; paths: string[]; reads: CommandRule; rule?: Rule | undefined }
  | { kind: "unlisted"; reason: string };

function matchPart({ argv }: CommandPart, scope: PolicyScope): PartMatch {
  if (argv.length === 0) return { kind: "listed", paths: [], reads: {} };
  if (argv[0] === "cd") return { kind: "listed", paths: argv.slice(1), reads: {} };
  const rule = findAllowedCommand(scope.rules.allow, argv);
  if (rule !== undefined) return { kind: "listed", paths: [], reads: {}, rule };
  const outcome = matchReadOnly(argv);
  return outcome.kind === "unlisted" ? outcome : { ...outcome, reads: outcome.rule, rule: undefined };
}

/** In the workspace or where a rule allows reading; for a command that descends with nothing closed below. */
function isReadable(path: string, place: { scope: PolicyScope; rule: CommandRule }): boolean {
  const { scope, rule } = place;
  const target = scope.resolved.get(path);
  if (target === undefined || target.kind === "special") return false;
  const { real } = target;
  if (refusedReason(real, scope) !== undefined) return false;
  if (!isInside(real, scope.workspace) && !isOpenedByRule(real, scope)) return false;
  if (rule.filesOnly === true && target.kind === "folder") return false;
  if (rule.descends !== true) return true;
  return protectedBelow(real, scope).length === 0 && !isNarrowedBelow(real, scope);
}

/** A level that refuses whatever is outside of the workspace is not widened. */
function isOpenedByRule(real: string, scope: PolicyScope): boolean {
  if (scope.grants.rest === "no") return false;
  return findAllowedPath(scope.rules.allow, { access: "read", real }, scope) !== undefined;
}

/** A path with secrets among the words, at any level; words that only the shell can make are not seen. */
function findSecret(command: string, scope: PolicyScope): string | undefined {
  for (const path of commandPaths(command, scope)) {
    const real = scope.resolved.get(path)?.real ?? path;
    const reason = secretReason(real, scope) ?? secretReason(path, scope);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** The words, what follows an = in them, and the words within them: `sh -c` has its own. */
function toWords(part: CommandPart): string[] {
  return [...part.argv, ...part.reads, ...part.writes].flatMap((word) => [word, ...splitRoughly(word)]);
}

/** Words of a command that is not understood. */
function toRoughWords(command: string, folders: Folders): string[] {
  return splitRoughly(command).map((word) => word.replace(/^~(?=\/|$)/, folders.homes[0] ?? "~"));
}

/** Cut at everything that a shell or a flag might cut at. */
function splitRoughly(text: string): string[] {
  return text.slice(0, 32_768).split(/[\s"'`;&|<>(){}=:,$@]+/, 500);
}

function toPaths(word: string, bases: readonly string[]): string[] {
  if (word === "" || word.includes("\0") || word.length > maxPathChars) return [];
  return word.startsWith("/") ? [word] : bases.map((base) => `${base}/${word}`);
}
