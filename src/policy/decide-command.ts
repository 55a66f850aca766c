import type { Decision } from "./action.ts";
import type { ArgumentsOutcome, CommandRule } from "./command-arguments.ts";
import { parseCommand, type CommandPart, type ParsedCommand } from "./command-parse.ts";
import { grade, worst } from "./grade.ts";
import { isInside, protectedBelow, refusedReason, secretReason } from "./path-rules.ts";
import { matchReadOnly } from "./read-only-commands.ts";
import type { PolicyScope } from "./scope.ts";

type Folders = Pick<PolicyScope, "workspace" | "homes">;

/** What a command's decision needs from its surroundings; redirects are judged as writes. */
export interface CommandScope {
  scope: PolicyScope;
  decideWrite: (path: string, scope: PolicyScope) => Decision;
}

const maxBases = 4;
const maxPathChars = 4_096;

/** Every path that the words of a command could name, seen from every folder it could be in. */
export function commandPaths(command: string, folders: Folders): string[] {
  const parsed = parse(command, folders);
  const words = parsed.kind === "parts" ? parsed.parts.flatMap(toWords) : toRoughWords(command, folders);
  const bases = toBases(parsed, folders);
  return [...new Set([...bases, ...[...words, "."].flatMap((word) => toPaths(word, bases))])];
}

/** Whether a command may run: by the level, the shipped list of commands that only read, and the user's rules. */
export function decideCommand(command: string, { scope, decideWrite }: CommandScope): Decision {
  const secret = findSecret(command, scope);
  if (secret !== undefined) return { kind: "deny", reason: secret };
  if (scope.grants.bash === "yes") return { kind: "allow" };
  const parsed = parse(command, scope);
  if (parsed.kind === "unclear") {
    return grade(scope.grants.bash, { listed: false, what: `A command with ${parsed.reason}` });
  }
  const bases = toBases(parsed, scope);
  const writes = parsed.parts.flatMap((part) => part.writes).filter((path) => path !== "/dev/null");
  return worst([
    ...parsed.parts.map((part) => decidePart(part, { scope, bases })),
    ...writes.flatMap((path) => toPaths(path, bases)).map((path) => decideWrite(path, scope)),
  ]);
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

function decidePart(part: CommandPart, place: { scope: PolicyScope; bases: string[] }): Decision {
  const { scope, bases } = place;
  const shown = part.argv.join(" ").slice(0, 200);
  const outcome = matchPart(part, scope);
  if (outcome.kind === "unlisted") {
    const what = `Running \`${shown}\` (${outcome.reason} is not on the list of commands that only read)`;
    return grade(scope.grants.bash, { listed: false, what });
  }
  const paths = [...outcome.paths, ...part.reads].filter((path) => path !== "/dev/null");
  const outside = paths
    .flatMap((path) => toPaths(path, bases))
    .find((path) => !isReadable(path, { scope, rule: outcome.rule }));
  if (outside === undefined) return grade(scope.grants.bash, { listed: true, what: `Running \`${shown}\`` });
  const what = `Running \`${shown}\` on ${outside}, which is not wholly inside the workspace,`;
  return grade(scope.grants.bash, { listed: false, what });
}

function matchPart(part: CommandPart, scope: PolicyScope): ArgumentsOutcome {
  if (part.argv.length === 0) return { kind: "listed", paths: [], rule: {} };
  if (isMove(part)) return { kind: "listed", paths: part.argv.slice(1), rule: {} };
  const isRuled = scope.commands.some(
    (rule) => rule.length > 0 && rule.every((word, at) => part.argv[at] === word),
  );
  return isRuled ? { kind: "listed", paths: [], rule: {} } : matchReadOnly(part.argv);
}

/** In the workspace, a file or folder, and for a command that descends with nothing protected below. */
function isReadable(path: string, place: { scope: PolicyScope; rule: CommandRule }): boolean {
  const { scope, rule } = place;
  const target = scope.resolved.get(path);
  if (target === undefined || target.kind === "special") return false;
  if (!isInside(target.real, scope.workspace) || refusedReason(target.real, scope) !== undefined)
    return false;
  if (rule.filesOnly === true && target.kind === "folder") return false;
  return rule.descends !== true || protectedBelow(target.real, scope).length === 0;
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
