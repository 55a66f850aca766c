/** One token of a source text. Comments are tokens too; templates keep only their text parts. */
export interface Token {
  kind: "word" | "string" | "template" | "regex" | "number" | "punctuation" | "comment";
  text: string;
  line: number;
}

const wordPattern = /[\p{ID_Start}$_#][\p{ID_Continue}$\u200c\u200d]*/uy;
const numberPattern = /\d[\w.]*/y;
const punctuationPattern = /\?\.|=>|\.\.\.|[-+*%&|^!=<>?~]=|[^\s]/y;
const regexPattern = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/y;
const stringPattern = /"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\[\s\S]|[^'\\\n])*'/y;
const commentPattern = /\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
const templateTextPattern = /(?:\\[\s\S]|\$(?!\{)|[^`\\$])*/y;

/** After these words a slash starts a regular expression, not a division. */
const wordsBeforeExpression = new Set(
  "return typeof case in of delete void throw new do else instanceof await yield".split(" "),
);

/** TypeScript or JavaScript source → tokens, strings and regular expressions whole. */
export function toTokens(source: string): Token[] {
  const scan = { source, at: 0, line: 1, tokens: [] as Token[] };
  // For each open template: how many braces are open inside its ${…}.
  const templates: number[] = [];
  while (scan.at < source.length) {
    const char = source[scan.at] ?? "";
    if (/\s/.test(char)) skip(scan, char);
    else if (char === "`") readTemplateText(scan, templates);
    else if (char === "}" && templates.at(-1) === 0) endSubstitution(scan, templates);
    else readPlain(scan, templates);
  }
  return scan.tokens;
}

interface Scan {
  source: string;
  at: number;
  line: number;
  tokens: Token[];
}

function skip(scan: Scan, char: string): void {
  if (char === "\n") scan.line += 1;
  scan.at += 1;
}

function readPlain(scan: Scan, templates: number[]): void {
  const char = scan.source[scan.at];
  if (char === "{" && templates.length > 0) templates.push((templates.pop() ?? 0) + 1);
  if (char === "}" && templates.length > 0) templates.push((templates.pop() ?? 0) - 1);
  const found =
    match(scan, "comment", commentPattern) ??
    match(scan, "string", stringPattern) ??
    (canStartRegex(scan.tokens) ? match(scan, "regex", regexPattern) : undefined) ??
    match(scan, "word", wordPattern) ??
    match(scan, "number", numberPattern) ??
    match(scan, "punctuation", punctuationPattern);
  if (found === undefined) scan.at += 1;
  else push(scan, found);
}

function match(scan: Scan, kind: Token["kind"], pattern: RegExp): Token | undefined {
  pattern.lastIndex = scan.at;
  const text = pattern.exec(scan.source)?.[0];
  return text === undefined || text === "" ? undefined : { kind, text, line: scan.line };
}

function push(scan: Scan, token: Token): void {
  scan.tokens.push(token);
  scan.at += token.text.length;
  scan.line += token.text.split("\n").length - 1;
}

// From the backtick, or from behind a substitution, to the next "${" or the end.
function readTemplateText(scan: Scan, templates: number[]): void {
  templateTextPattern.lastIndex = scan.at + 1;
  const text = templateTextPattern.exec(scan.source)?.[0] ?? "";
  push(scan, { kind: "template", text: (scan.source[scan.at] ?? "") + text, line: scan.line });
  if (scan.source.startsWith("${", scan.at)) {
    scan.at += 2;
    templates.push(0);
  } else {
    scan.at += 1;
  }
}

function endSubstitution(scan: Scan, templates: number[]): void {
  templates.pop();
  readTemplateText(scan, templates);
}

function canStartRegex(tokens: readonly Token[]): boolean {
  const last = tokens.findLast((token) => token.kind !== "comment");
  if (last === undefined) return true;
  if (last.kind === "word") return wordsBeforeExpression.has(last.text);
  return last.kind === "punctuation" && ![")", "]", "}"].includes(last.text);
}
