import { z } from "zod";
import type { ReportParser } from "./report.ts";

/** A line of `go test -json` (go doc test2json). */
const goEvent = z.object({
  Action: z.string(),
  Package: z.string().optional(),
  ImportPath: z.string().optional(),
  Test: z.string().optional(),
  Output: z.string().optional(),
});

type GoEvent = z.infer<typeof goEvent>;

/** go test -json. A test with subtests only sums them up, so only the innermost count. */
export const parseGoReport: ReportParser = (text) => {
  const events = text.split("\n").flatMap(readEvent);
  if (events.length === 0) return undefined;
  const ends = new Map<string, string>();
  for (const event of events) {
    const isEnd = event.Test !== undefined && ["pass", "fail", "skip"].includes(event.Action);
    if (isEnd) ends.set(toName(event), event.Action);
  }
  const names = new Set(ends.keys());
  const parents = new Set([...names].flatMap(toParents));
  const withEnd = (end: string) => [...names].filter((name) => ends.get(name) === end && !parents.has(name));
  const failing = [...withEnd("fail"), ...readBrokenPackages(events, ends)];
  return {
    framework: "go",
    passed: withEnd("pass").length,
    failed: failing.length,
    skipped: withEnd("skip").length,
    failing,
    excerpt: readFailures(events, new Set(failing)),
  };
};

function readEvent(line: string): GoEvent[] {
  if (!line.startsWith("{")) return [];
  try {
    const parsed = goEvent.safeParse(JSON.parse(line));
    return parsed.success ? [parsed.data] : [];
  } catch {
    return [];
  }
}

function toName(event: GoEvent): string {
  return [event.Package ?? event.ImportPath, event.Test].filter((part) => part !== undefined).join(" ");
}

/** "pkg TestA/one/two" → "pkg TestA", "pkg TestA/one". */
function toParents(name: string): string[] {
  const blank = name.lastIndexOf(" ");
  const parts = name.slice(blank + 1).split("/");
  return parts
    .slice(1)
    .map((_, index) => `${name.slice(0, blank + 1)}${parts.slice(0, index + 1).join("/")}`);
}

/** Packages that fail without a failing test: they do not build, or panic. */
function readBrokenPackages(events: readonly GoEvent[], ends: ReadonlyMap<string, string>): string[] {
  const failed = events.filter((event) => event.Action === "fail" && event.Test === undefined).map(toName);
  const hasFailure = (name: string) =>
    [...ends].some(([test, end]) => end === "fail" && test.startsWith(`${name} `));
  return [...new Set(failed.filter((name) => name !== "" && !hasFailure(name)))];
}

function readFailures(events: readonly GoEvent[], failing: ReadonlySet<string>): string {
  const wanted = events.filter(
    (event) => event.Action === "build-output" || (event.Action === "output" && failing.has(toName(event))),
  );
  return wanted.map((event) => event.Output ?? "").join("");
}
