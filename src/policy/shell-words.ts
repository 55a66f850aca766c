/** A command's pieces as the shell would see them, quotes gone. `operator` is `;`, `|`, `>` and the like. */
export type ShellToken = { kind: "word"; text: string } | { kind: "operator"; text: string };

/** `unclear` is anything whose meaning is known only when it runs; `reason` completes "a command with …". */
export type ShellTokens = { kind: "tokens"; tokens: ShellToken[] } | { kind: "unclear"; reason: string };

interface Scan {
  text: string;
  at: number;
  home: string;
  tokens: ShellToken[];
  /** Null between words: '' is a word, nothing is not. */
  word: string | null;
  unclear: string | null;
}

const maxCommandChars = 32_768;

// Control and format characters and blanks that are none to the shell: a person does not see them as they are.
const invisible = /(?![\t\n ])[\p{Cc}\p{Cf}\p{Z}]/u;

const operatorPattern = /^(?:&>>|&>|&&|\|\||\|&|;;|>>|>\||>&|<<|<&|<>|<\(|>\(|[;&|<>()\n])/;

const unclearOperators: Record<string, string> = {
  ";;": "a case branch",
  "<<": "a here-document",
  "<>": "a read-write redirect",
  "<(": "process substitution",
  ">(": "process substitution",
};

const unclearChars: Record<string, string> = {
  "`": "command substitution",
  "*": "an unquoted * (quote it, or name the files)",
  "?": "an unquoted ? (quote it, or name the files)",
  "[": "an unquoted [ (quote it, or name the files)",
  "{": "braces",
  "}": "braces",
};

/** Splits a command line as a POSIX shell does; what it can not know for certain is `unclear`. */
export function splitShellWords(text: string, home: string): ShellTokens {
  if (text.length > maxCommandChars)
    return { kind: "unclear", reason: `more than ${maxCommandChars} characters` };
  if (invisible.test(text)) return { kind: "unclear", reason: "control or invisible characters" };
  const scan: Scan = { text, at: 0, home, tokens: [], word: null, unclear: null };
  while (scan.at < text.length && scan.unclear === null) step(scan);
  endWord(scan);
  return scan.unclear === null
    ? { kind: "tokens", tokens: scan.tokens }
    : { kind: "unclear", reason: scan.unclear };
}

function step(scan: Scan): void {
  const char = scan.text.charAt(scan.at);
  if (char === " " || char === "\t") return skipBlank(scan);
  if (char === "#" && scan.word === null) return skipComment(scan);
  const operator = operatorPattern.exec(scan.text.slice(scan.at, scan.at + 3))?.[0];
  if (operator !== undefined) return takeOperator(scan, operator);
  if (char === "'") return takeSingleQuoted(scan);
  if (char === '"') return takeDoubleQuoted(scan);
  if (char === "\\") return takeEscape(scan);
  if (char === "~") return takeTilde(scan);
  if (char === "$" && !/^(?:$|[\s;|&)])/.test(scan.text.slice(scan.at + 1, scan.at + 2))) {
    scan.unclear = "an expansion ($)";
    return;
  }
  const reason = unclearChars[char];
  if (reason !== undefined) scan.unclear = reason;
  append(scan, char, 1);
}

function append(scan: Scan, text: string, consumed: number): void {
  scan.word = (scan.word ?? "") + text;
  scan.at += consumed;
}

function endWord(scan: Scan): void {
  if (scan.word !== null) scan.tokens.push({ kind: "word", text: scan.word });
  scan.word = null;
}

function skipBlank(scan: Scan): void {
  endWord(scan);
  scan.at += 1;
}

function skipComment(scan: Scan): void {
  const end = scan.text.indexOf("\n", scan.at);
  scan.at = end === -1 ? scan.text.length : end;
}

function takeOperator(scan: Scan, operator: string): void {
  const reason = unclearOperators[operator];
  if (reason !== undefined) scan.unclear = reason;
  // Digits that touch a redirect are its file descriptor, not a word; quoted ones do not occur in practice.
  if (/^[<>]/.test(operator) && /\d/.test(scan.text.charAt(scan.at - 1)) && /^\d+$/.test(scan.word ?? "")) {
    scan.word = null;
  }
  endWord(scan);
  scan.tokens.push({ kind: "operator", text: operator });
  scan.at += operator.length;
}

function takeSingleQuoted(scan: Scan): void {
  const end = scan.text.indexOf("'", scan.at + 1);
  if (end === -1) {
    scan.unclear = "a quote that does not end";
    return;
  }
  append(scan, scan.text.slice(scan.at + 1, end), end + 1 - scan.at);
}

function takeDoubleQuoted(scan: Scan): void {
  append(scan, "", 1);
  while (scan.at < scan.text.length && scan.unclear === null) {
    if (scan.text.charAt(scan.at) === '"') {
      scan.at += 1;
      return;
    }
    takeQuotedChar(scan);
  }
  scan.unclear ??= "a quote that does not end";
}

function takeQuotedChar(scan: Scan): void {
  const char = scan.text.charAt(scan.at);
  const next = scan.text.charAt(scan.at + 1);
  if (char === "`") scan.unclear = "command substitution";
  if (char === "$" && !/^["\s|)/]$/.test(next)) scan.unclear = "an expansion ($)";
  if (char !== "\\") return append(scan, char, 1);
  if (next === "\n") return append(scan, "", 2);
  if ('$`"\\'.includes(next)) return append(scan, next, 2);
  append(scan, char, 1);
}

function takeEscape(scan: Scan): void {
  const next = scan.text.charAt(scan.at + 1);
  if (next === "") scan.unclear = "a backslash at its end";
  // A line that goes on joins without a word of its own.
  if (next === "\n") scan.at += 2;
  else append(scan, next, 2);
}

function takeTilde(scan: Scan): void {
  const next = scan.text.charAt(scan.at + 1);
  if (scan.word !== null) {
    if (/[=:]$/.test(scan.word)) scan.unclear = "a ~ within a word";
    return append(scan, "~", 1);
  }
  if (!/^[\s/;&|<>()]?$/.test(next)) scan.unclear = "another user's home (~name)";
  append(scan, scan.home, 1);
}
