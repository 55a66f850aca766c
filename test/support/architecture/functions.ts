import type { SourceFile } from "./source-tree.ts";
import type { Token } from "./tokens.ts";

/** A function as written: from its parameters to the end of its body. */
export interface FunctionSpan {
  name: string;
  line: number;
  lineCount: number;
  parameterCount: number;
}

const controlWords = new Set("if for while switch catch with return await typeof new".split(" "));
const modifiers = new Set(
  "async get set static public private protected override readonly abstract * { } ; ,".split(" "),
);
const closers: Record<string, string> = { "(": ")", "[": "]", "{": "}" };

/** Function declarations and expressions, arrows, methods, constructors and accessors of a file. */
export function listFunctions(file: SourceFile): FunctionSpan[] {
  const { tokens } = file;
  return tokens.flatMap((token, index) => {
    if (token.text === "=>") return findArrow(tokens, index);
    if (token.text !== "(") return [];
    const name = findDeclaredName(tokens, index);
    if (name === undefined) return [];
    const close = findClose(tokens, index);
    const body = findBody(tokens, close + 1);
    return body === undefined
      ? []
      : [toSpan(tokens, { name, open: index, close, end: findClose(tokens, body) })];
  });
}

// The name before a parameter list, if what is here declares a function or a method.
function findDeclaredName(tokens: readonly Token[], open: number): string | undefined {
  let at = open - 1;
  if (tokens[at]?.text === ">") at = skipGenerics(tokens, at);
  const name = tokens[at];
  if (name?.text === "function" || name?.text === "*") return "(anonymous)";
  if (name === undefined || controlWords.has(name.text) || !/^(word|string)$/.test(name.kind))
    return undefined;
  const before = tokens[at - 1];
  const declares =
    before === undefined ||
    before.text === "function" ||
    tokens[at - 2]?.text === "function" ||
    modifiers.has(before.text);
  return declares ? name.text : undefined;
}

// From a ">" back to before its "<".
function skipGenerics(tokens: readonly Token[], end: number): number {
  let depth = 0;
  for (let at = end; at >= 0; at -= 1) {
    if (tokens[at]?.text === ">") depth += 1;
    if (tokens[at]?.text === "<") depth -= 1;
    if (depth === 0) return at - 1;
  }
  return -1;
}

// The "{" of the body behind a parameter list, over a return type; undefined for a mere call or signature.
function findBody(tokens: readonly Token[], after: number): number | undefined {
  if (tokens[after]?.text === "{") return after;
  if (tokens[after]?.text !== ":") return undefined;
  let angles = 0;
  for (let at = after + 1; at < tokens.length; at += 1) {
    const text = tokens[at]?.text ?? "";
    if (text === "<") angles += 1;
    if (text === ">") angles -= 1;
    const isInType = angles > 0 || /^([:|&]|=>|is|extends)$/.test(tokens[at - 1]?.text ?? "");
    if (text === "{" && !isInType) return at;
    if (text in closers) at = findClose(tokens, at);
    else if (angles === 0 && /^[;,})=]$/.test(text)) return undefined;
  }
  return undefined;
}

function findArrow(tokens: readonly Token[], arrow: number): FunctionSpan[] {
  const end = findArrowEnd(tokens, arrow + 1);
  const single = tokens[arrow - 1];
  const isBare = single?.kind === "word" && !isReturnType(tokens, arrow);
  if (isBare)
    return [
      {
        name: "(arrow)",
        line: single.line,
        lineCount: countLines(tokens, arrow - 1, end),
        parameterCount: 1,
      },
    ];
  const close = findParameterClose(tokens, arrow);
  if (close === undefined) return [];
  return [toSpan(tokens, { name: "(arrow)", open: findOpen(tokens, close), close, end })];
}

// `x => …` has a bare parameter; `(x): Type => …` has a type's last word there.
function isReturnType(tokens: readonly Token[], arrow: number): boolean {
  return findParameterClose(tokens, arrow) !== undefined;
}

// The ")" of an arrow's parameters, right before it or before its return type.
function findParameterClose(tokens: readonly Token[], arrow: number): number | undefined {
  if (tokens[arrow - 1]?.text === ")") return arrow - 1;
  for (let at = arrow - 1; at > 0; at -= 1) {
    const text = tokens[at]?.text ?? "";
    if (text === ":" && tokens[at - 1]?.text === ")") return at - 1;
    if (Object.values(closers).includes(text)) at = findOpen(tokens, at);
    else if (/^([;,?=({[]|=>|&&)$/.test(text)) return undefined;
  }
  return undefined;
}

function findArrowEnd(tokens: readonly Token[], start: number): number {
  if (tokens[start]?.text === "{") return findClose(tokens, start);
  let at = start;
  for (; at < tokens.length; at += 1) {
    const text = tokens[at]?.text ?? "";
    if (/^[;,)\]}]$/.test(text) || (text === "{" && isReturnTypeEnd(tokens, start, at))) return at - 1;
    if (text in closers) at = findClose(tokens, at);
  }
  return at - 1;
}

// In `function f(): (x: X) => Y {` the arrow belongs to a type, and the brace opens the body of `f`.
function isReturnTypeEnd(tokens: readonly Token[], start: number, brace: number): boolean {
  if (/^(function|class|async|new)$/.test(tokens[start]?.text ?? "")) return false;
  const before = tokens[brace - 1];
  return before?.kind === "word" || /^[>)\]]$/.test(before?.text ?? "");
}

function findClose(tokens: readonly Token[], open: number): number {
  return findPartner(tokens, open, 1);
}

function findOpen(tokens: readonly Token[], close: number): number {
  return findPartner(tokens, close, -1);
}

function findPartner(tokens: readonly Token[], start: number, step: 1 | -1): number {
  const openers = step === 1 ? Object.keys(closers) : Object.values(closers);
  const enders = step === 1 ? Object.values(closers) : Object.keys(closers);
  let depth = 0;
  for (let at = start; at >= 0 && at < tokens.length; at += step) {
    const token = tokens[at];
    if (token?.kind !== "punctuation") continue;
    if (openers.includes(token.text)) depth += 1;
    if (enders.includes(token.text)) depth -= 1;
    if (depth === 0) return at;
  }
  return step === 1 ? tokens.length - 1 : 0;
}

function toSpan(
  tokens: readonly Token[],
  span: { name: string; open: number; close: number; end: number },
): FunctionSpan {
  return {
    name: span.name,
    line: tokens[span.open]?.line ?? 0,
    lineCount: countLines(tokens, span.open, span.end),
    parameterCount: countParameters(tokens.slice(span.open + 1, span.close)),
  };
}

function countLines(tokens: readonly Token[], from: number, to: number): number {
  return (tokens[to]?.line ?? 0) - (tokens[from]?.line ?? 0) + 1;
}

// Commas of types, `Map<string, number>`, are inside angle brackets; "=>" is one token and no bracket.
function countParameters(inside: readonly Token[]): number {
  let depth = 0;
  let count = 0;
  let isInOne = false;
  for (const { text, kind } of inside) {
    const isPunctuation = kind === "punctuation";
    if (isPunctuation && /^[([{<]$/.test(text)) depth += 1;
    if (isPunctuation && /^[)\]}>]$/.test(text)) depth -= 1;
    const ends = isPunctuation && text === "," && depth === 0;
    if (ends) isInOne = false;
    else if (!isInOne) {
      isInOne = true;
      count += 1;
    }
  }
  return count;
}
