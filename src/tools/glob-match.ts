const maxAlternatives = 64;

/** Tells whether a path, relative and with slashes, matches. */
export type GlobMatcher = (path: string) => boolean;

/**
 * A matcher for `*`, `?`, `[a-z]`, `{a,b}` and `**`. A pattern without a slash matches names at any
 * depth. Written without RegExp, in time bounded by pattern times path: a model's pattern can not
 * hang us. Undefined if the braces say more than 64 patterns.
 */
export function createGlobMatcher(pattern: string): GlobMatcher | undefined {
  const wanted = pattern.replace(/^\.\//, "");
  const alternatives = expandBraces(wanted);
  if (alternatives === undefined) return undefined;
  const all = alternatives.map((text) => (text.includes("/") ? text : `**/${text}`).split("/"));
  return (path) => {
    const parts = path.split("/");
    return all.some((segments) => matchSegments(segments, parts));
  };
}

function expandBraces(pattern: string): string[] | undefined {
  let pending = [pattern];
  const whole: string[] = [];
  while (pending.length > 0) {
    if (pending.length + whole.length > maxAlternatives) return undefined;
    const [text = "", ...others] = pending;
    const choices = expandFirstBrace(text);
    if (choices.length === 1) whole.push(text);
    pending = choices.length === 1 ? others : [...others, ...choices];
  }
  return whole;
}

/** Of the innermost first brace, so that nested ones come out one after the other. */
function expandFirstBrace(text: string): string[] {
  const end = text.indexOf("}");
  const start = end === -1 ? -1 : text.lastIndexOf("{", end);
  if (start === -1) return [text];
  const choices = text.slice(start + 1, end).split(",");
  const expanded = choices.map((choice) => text.slice(0, start) + choice + text.slice(end + 1));
  // One choice is no choice, but its braces are gone: it is looked at again.
  return expanded.length === 1 ? [...expanded, ...expanded] : expanded;
}

/** Row by row: which beginnings of the path the pattern's beginning matches. */
function matchSegments(segments: readonly string[], parts: readonly string[]): boolean {
  let reached = [true, ...parts.map(() => false)];
  for (const segment of segments) {
    const next = reached.map(() => false);
    for (let at = 0; at <= parts.length; at += 1) {
      const before = at > 0 ? (parts[at - 1] ?? "") : "";
      if (segment === "**") next[at] = reached[at] === true || (at > 0 && next[at - 1] === true);
      else next[at] = at > 0 && reached[at - 1] === true && matchName(segment, before);
    }
    reached = next;
  }
  return reached.at(-1) === true;
}

/** Two pointers and one way back to the last star: linear for most, never exponential. */
function matchName(segment: string, name: string): boolean {
  const tokens = toTokens(segment);
  const chars = Array.from(name);
  let token = 0;
  let char = 0;
  let starToken = -1;
  let starChar = 0;
  while (char < chars.length) {
    const current = tokens[token];
    if (current === "*") {
      starToken = token;
      starChar = char;
      token += 1;
    } else if (current !== undefined && matchChar(current, chars[char] ?? "")) {
      token += 1;
      char += 1;
    } else if (starToken !== -1) {
      starChar += 1;
      token = starToken + 1;
      char = starChar;
    } else return false;
  }
  return tokens.slice(token).every((rest) => rest === "*");
}

/** Single characters, `*`, `?`, or a whole [class]. */
function toTokens(segment: string): string[] {
  const tokens: string[] = [];
  const chars = Array.from(segment);
  for (let at = 0; at < chars.length; at += 1) {
    const end = chars[at] === "[" ? chars.indexOf("]", at + 2) : -1;
    if (end === -1) tokens.push(chars[at] === "\\" ? `\\${chars[(at += 1)] ?? ""}` : (chars[at] ?? ""));
    else {
      tokens.push(chars.slice(at, end + 1).join(""));
      at = end;
    }
  }
  return tokens;
}

function matchChar(token: string, char: string): boolean {
  if (token === "?") return true;
  if (token.length > 1 && token.startsWith("\\")) return token.slice(1) === char;
  if (!token.startsWith("[") || token.length < 3) return token === char;
  const isNegated = token[1] === "!" || token[1] === "^";
  return matchClass(Array.from(token.slice(isNegated ? 2 : 1, -1)), char) !== isNegated;
}

function matchClass(members: readonly string[], char: string): boolean {
  for (let at = 0; at < members.length; at += 1) {
    const low = members[at] ?? "";
    const isRange = members[at + 1] === "-" && at + 2 < members.length;
    const high = isRange ? (members[at + 2] ?? "") : low;
    if (char >= low && char <= high) return true;
    if (isRange) at += 2;
  }
  return false;
}
