import type { ToolReply } from "./conversation.ts";

/** A line of a file, as a tool printed it. */
export interface SourceLine {
  path: string;
  line: number;
  text: string;
}

const codeFile = /\.(?:[cm]?[jt]sx?|py|rb|go|java|kt|php|cs|rs)$/;
const notOurs = /(?:^|\/)(?:node_modules|dist|build|coverage|vendor|\.git)\//;
const testFile = /(?:^|\/)(?:tests?|__tests__|spec)\/|[._](?:test|spec)\.|(?:^|\/)test_|_test\./;

/** Paths that glob calls found, once each. */
export function readPaths(replies: readonly ToolReply[], pattern?: string): string[] {
  const lines = replies
    .filter(({ tool, input, isError }) => tool === "glob" && !isError && isWanted(input["pattern"], pattern))
    .flatMap(({ text }) => text.split("\n"));
  // Notes come in brackets, and "No file matches …" has spaces that a pattern of ours never finds.
  return [...new Set(lines.filter((line) => line !== "" && !/^\(|^No file matches /.test(line)))];
}

/** Lines that a grep call for exactly this pattern found. */
export function readMatches(replies: readonly ToolReply[], pattern: string): SourceLine[] {
  return replies
    .filter(({ tool, input, isError }) => tool === "grep" && !isError && input["pattern"] === pattern)
    .flatMap(({ text }) => text.split("\n"))
    .flatMap((found) => {
      const [, path, line, text] = /^(.+?):(\d+):(.*)$/.exec(found) ?? [];
      if (path === undefined || text === undefined) return [];
      return [{ path: path.replace(/^\.\//, ""), line: Number(line), text: text.trim() }];
    });
}

/** Lines of the files that read_file calls showed. */
export function readSourceLines(replies: readonly ToolReply[]): SourceLine[] {
  return replies
    .filter(({ tool, isError }) => tool === "read_file" && !isError)
    .flatMap(({ input: { path }, text }) =>
      text.split("\n").flatMap((shown) => {
        const [, line, code] = /^ *(\d+)\t(.*)$/.exec(shown) ?? [];
        if (code === undefined || typeof path !== "string") return [];
        return [{ path, line: Number(line), text: code.trim() }];
      }),
    );
}

/** Calls that failed, to be told of. */
export function readFailures(replies: readonly ToolReply[]): string[] {
  return replies
    .filter(({ isError }) => isError)
    .map(({ tool, text }) => `${tool}: ${text.split("\n")[0] ?? ""}`);
}

export function isOwnCode(path: string): boolean {
  return codeFile.test(path) && !notOurs.test(path) && !testFile.test(path);
}

export function isTestCode(path: string): boolean {
  return codeFile.test(path) && !notOurs.test(path) && testFile.test(path);
}

function isWanted(given: unknown, pattern: string | undefined): boolean {
  return pattern === undefined || given === pattern;
}
