import type { CommandPart, ParsedCommand } from "./command-parse.ts";
import { findNarrowedCommand, findNarrowedPath, findToolRule } from "./find-rule.ts";
import { type SeenCommand, seeCommand } from "./match-command.ts";
import type { Judgement } from "./judgement.ts";
import { narrowingEffects, toNarrowed } from "./narrow.ts";
import { matchReadOnly } from "./read-only-commands.ts";
import type { Rule } from "./rule.ts";
import type { PolicyScope } from "./scope.ts";

/** A command line, and every path that a text's words could name. */
export interface NarrowedLine {
  command: string;
  parsed: ParsedCommand;
  pathsIn: (words: readonly string[]) => string[];
  roughWords: (text: string) => string[];
}

interface Piece {
  seen: SeenCommand;
  what: string;
  /** True if a redirect of its own writes a file. */
  redirects: boolean;
  reads: string[];
  writes: string[];
}

/** What the person's deny and ask rules say of each part of a command line: at every level, full too. */
export function narrowCommand(line: NarrowedLine, scope: PolicyScope): Judgement[] {
  const pieces = toPieces(line);
  return narrowingEffects.flatMap((effect) => {
    const rules = scope.rules[effect];
    if (rules.length === 0) return [];
    const whole = findToolRule(rules, scope.tool);
    const writing = findToolRule(rules, "write_file");
    const found = pieces.map((piece) => ({
      piece,
      rule: whole ?? (piece.redirects ? writing : undefined) ?? findForPiece(rules, piece, scope),
    }));
    return found.flatMap(({ piece, rule }) =>
      rule === undefined ? [] : [toNarrowed({ effect, rule, what: piece.what }, scope.grants)],
    );
  });
}

function findForPiece(rules: readonly Rule[], piece: Piece, scope: PolicyScope): Rule | undefined {
  const named = (access: "read" | "write", paths: readonly string[]) => ({
    access,
    paths: paths.flatMap((path) => [path, scope.resolved.get(path)?.real ?? path]),
  });
  return (
    findNarrowedCommand(rules, piece.seen) ??
    findNarrowedPath(rules, named("read", piece.reads), scope) ??
    findNarrowedPath(rules, named("write", piece.writes), scope)
  );
}

function toPieces(line: NarrowedLine): Piece[] {
  const { command, parsed } = line;
  if (parsed.kind === "parts") return parsed.parts.map((part) => toPiece(part, line));
  const paths = line.pathsIn(line.roughWords(command));
  return [
    { seen: seeCommand(command), what: showCommand(command), redirects: false, reads: paths, writes: paths },
  ];
}

/** A command that only reads writes nothing but by its redirects; of any other nobody knows. */
function toPiece(part: CommandPart, { pathsIn, roughWords }: NarrowedLine): Piece {
  const onlyReads = part.argv.length === 0 || matchReadOnly(part.argv).kind === "listed";
  const words = part.argv.flatMap((word) => [word, ...roughWords(word)]);
  return {
    seen: seeCommand(part),
    what: showCommand([...part.argv, ...part.reads, ...part.writes].join(" ")),
    redirects: part.writes.some((path) => path !== "/dev/null"),
    reads: pathsIn([...words, ...part.reads]),
    writes: pathsIn(onlyReads ? part.writes : [...words, ...part.writes]),
  };
}

/** As it stands in a reason. */
export function showCommand(text: string): string {
  return `Running \`${text.slice(0, 200)}\``;
}
