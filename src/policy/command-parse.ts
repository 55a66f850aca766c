import { splitShellWords, type ShellToken } from "./shell-words.ts";

/** One simple command of a line, and the files its redirects open. */
export interface CommandPart {
  argv: string[];
  reads: string[];
  writes: string[];
}

/** `unclear`: not understood in full, so never on a list; `reason` completes "a command with …". */
export type ParsedCommand = { kind: "parts"; parts: CommandPart[] } | { kind: "unclear"; reason: string };

const maxWords = 500;

/** Words that make the shell read on in another way than argv. */
const reserved = new Set(
  "if then else elif fi for while until do done case esac in function select time coproc ! { } [[ ]]".split(
    " ",
  ),
);

const separators = new Set([";", "&&", "||", "|", "|&", "&", "\n"]);

interface Parse {
  parts: CommandPart[];
  current: CommandPart;
  /** The redirect that waits for its file. */
  redirect: string | null;
  depth: number;
  unclear: string | null;
}

/** A shell line as its simple commands, subshells and pipes flattened: each is judged by itself. */
export function parseCommand(text: string, home: string): ParsedCommand {
  const split = splitShellWords(text, home);
  if (split.kind === "unclear") return split;
  if (split.tokens.length > maxWords) return { kind: "unclear", reason: `more than ${maxWords} words` };
  const parse: Parse = { parts: [], current: emptyPart(), redirect: null, depth: 0, unclear: null };
  for (const token of split.tokens) take(parse, token);
  endPart(parse);
  if (parse.depth !== 0) parse.unclear ??= "unbalanced parentheses";
  if (parse.unclear !== null) return { kind: "unclear", reason: parse.unclear };
  return { kind: "parts", parts: parse.parts };
}

function emptyPart(): CommandPart {
  return { argv: [], reads: [], writes: [] };
}

function take(parse: Parse, token: ShellToken): void {
  if (token.kind === "operator") return takeOperator(parse, token.text);
  if (parse.redirect !== null) return takeRedirectTarget(parse, token.text);
  if (parse.current.argv.length === 0) checkFirstWord(parse, token.text);
  parse.current.argv.push(token.text);
}

function takeOperator(parse: Parse, operator: string): void {
  if (parse.redirect !== null) parse.unclear ??= "a redirect to nothing";
  if (separators.has(operator)) return endPart(parse);
  if (operator === "(" || operator === ")") return takeParenthesis(parse, operator);
  parse.redirect = operator;
}

function takeParenthesis(parse: Parse, operator: string): void {
  const { argv, reads, writes } = parse.current;
  if (operator === ")") endPart(parse);
  else if (argv.length + reads.length + writes.length > 0) parse.unclear ??= "a function or pattern in ( )";
  parse.depth += operator === "(" ? 1 : -1;
  if (parse.depth < 0) parse.unclear ??= "unbalanced parentheses";
}

function takeRedirectTarget(parse: Parse, target: string): void {
  const duplicates = parse.redirect === ">&" || parse.redirect === "<&";
  const isDescriptor = /^(?:\d+|-)$/.test(target);
  if (parse.redirect === "<") parse.current.reads.push(target);
  else if (parse.redirect === "<&" && !isDescriptor) parse.unclear ??= "a redirect from a named descriptor";
  else if (!(duplicates && isDescriptor)) parse.current.writes.push(target);
  parse.redirect = null;
}

function checkFirstWord(parse: Parse, word: string): void {
  if (reserved.has(word)) parse.unclear ??= `the shell's ${word}`;
  if (/^[A-Za-z_]\w*(?:\+?=|\[)/.test(word)) parse.unclear ??= "a variable that is set for it";
}

function endPart(parse: Parse): void {
  if (parse.redirect !== null) parse.unclear ??= "a redirect to nothing";
  const { argv, reads, writes } = parse.current;
  if (argv.length + reads.length + writes.length > 0) parse.parts.push(parse.current);
  parse.current = emptyPart();
}
