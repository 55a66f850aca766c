/** Names and wildcards below a folder: `*` and `?` within a name, `**` for any number of names. */
export interface PathPattern {
  base: "workspace" | "home" | "root";
  segments: readonly string[];
}

export type PatternOutcome =
  | { kind: "pattern"; pattern: PathPattern }
  | { kind: "fault"; detail: string; at: number };

/** The folders that a pattern's bases stand for. */
export interface PatternBases {
  workspace: string;
  homes: readonly string[];
}

const maxSegments = 64;
const refused = /[[\]{}!\\]|(?! )[\p{Cc}\p{Cf}\p{Z}]/u;

/** Reads `src/**`, `~/notes/*.md` or `/var/log/**`. `at` of a fault is the index of what is wrong. */
export function parsePathPattern(text: string): PatternOutcome {
  const odd = refused.exec(text);
  if (odd !== null) {
    const detail = `${JSON.stringify(odd[0])} is not understood in a path; there are *, ** and ?`;
    return { kind: "fault", detail, at: odd.index };
  }
  const up = /(?:^|\/)\.\.(?=\/|$)/.exec(text);
  if (up !== null) return { kind: "fault", detail: "a path of a rule can not go up by ..", at: up.index };
  const segments = toParts(text).filter((part) => part !== ".");
  if (segments.length > maxSegments) {
    return { kind: "fault", detail: `a path of a rule has at most ${maxSegments} names`, at: 0 };
  }
  if (segments[0] === "~") return { kind: "pattern", pattern: { base: "home", segments: segments.slice(1) } };
  return { kind: "pattern", pattern: { base: text.startsWith("/") ? "root" : "workspace", segments } };
}

/** Whether a real path fits. */
export function matchesPath(path: string, pattern: PathPattern, bases: PatternBases): boolean {
  return walkFromBases(path, pattern, bases).some((rest) => rest.every((segment) => segment === "**"));
}

/** Whether a real path, or a folder that it lies in, fits; letters' case does not count. For narrowing only. */
export function matchesAtOrAbove(path: string, pattern: PathPattern, bases: PatternBases): boolean {
  const whole = { ...pattern, segments: [...pattern.segments, "**"] };
  return matchesPath(path.toLowerCase(), toLower(whole), lowerBases(bases));
}

/** What of the pattern is left to match below a folder, e.g. ["**", ".env"]; none if nothing below can fit. */
export function restsBelow(folder: string, pattern: PathPattern, bases: PatternBases): string[][] {
  const rests = walkFromBases(folder.toLowerCase(), toLower(pattern), lowerBases(bases));
  return rests.filter((rest) => rest.length > 0);
}

function walkFromBases(path: string, pattern: PathPattern, bases: PatternBases): string[][] {
  return toBasePaths(pattern, bases).flatMap((base) => walk(toParts(path), toParts(base), pattern));
}

/** The folder's names against the base, taken literally, then against the pattern's own segments. */
function walk(folder: readonly string[], base: readonly string[], pattern: PathPattern): string[][] {
  const shared = Math.min(folder.length, base.length);
  for (let at = 0; at < shared; at += 1) if (folder[at] !== base[at]) return [];
  const open = [...base.slice(shared), ...pattern.segments];
  let rests = withSkips([open]);
  for (const name of folder.slice(shared)) rests = withSkips(rests.flatMap((rest) => step(rest, name)));
  return rests;
}

function step(rest: readonly string[], name: string): string[][] {
  const [first, ...more] = rest;
  if (first === undefined) return [];
  if (first === "**") return [[...rest]];
  return matchesName(name, first) ? [more] : [];
}

/** `**` may stand for nothing. Rests are suffixes of one list, so their length tells them apart. */
function withSkips(rests: readonly (readonly string[])[]): string[][] {
  const found = new Map<number, string[]>();
  for (const rest of rests) {
    let at = 0;
    found.set(rest.length, [...rest]);
    while (rest[at] === "**") {
      at += 1;
      found.set(rest.length - at, rest.slice(at));
    }
  }
  return [...found.values()];
}

/** One name against one segment, in linear time: a star is tried at its latest place only. */
function matchesName(name: string, segment: string): boolean {
  let at = 0;
  let inSegment = 0;
  let star = -1;
  let marked = 0;
  while (at < name.length) {
    if (inSegment < segment.length && segment[inSegment] === "*") {
      star = inSegment;
      marked = at;
      inSegment += 1;
    } else if (
      inSegment < segment.length &&
      (segment[inSegment] === "?" || segment[inSegment] === name[at])
    ) {
      at += 1;
      inSegment += 1;
    } else if (star === -1) return false;
    else {
      inSegment = star + 1;
      marked += 1;
      at = marked;
    }
  }
  return /^\**$/.test(segment.slice(inSegment));
}

function toBasePaths({ base }: PathPattern, { workspace, homes }: PatternBases): readonly string[] {
  if (base === "root") return ["/"];
  return base === "home" ? homes : [workspace];
}

function toLower(pattern: PathPattern): PathPattern {
  return { base: pattern.base, segments: pattern.segments.map((segment) => segment.toLowerCase()) };
}

function lowerBases({ workspace, homes }: PatternBases): PatternBases {
  return { workspace: workspace.toLowerCase(), homes: homes.map((home) => home.toLowerCase()) };
}

function toParts(path: string): string[] {
  return path.split("/").filter((part) => part !== "");
}
