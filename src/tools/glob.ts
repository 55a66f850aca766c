import { z } from "zod";
import type { ToolOutcome } from "../core/tool-context.ts";
import { createGlobMatcher } from "./glob-match.ts";
import { done, failed } from "./outcome.ts";
import { searchFiles } from "./search-files.ts";
import { defineTool, toAbsolutePath, type DecidedContext } from "./tool.ts";

const input = z.object({
  pattern: z.string().min(1).max(1_000).describe("Like **/*.ts or src/{a,b}/*; without a slash at any depth"),
  path: z.string().min(1).optional().describe("Folder to search; default: the workspace"),
});

type Input = z.infer<typeof input>;

const maxMatches = 300;
const maxChars = 16_000;
const maxOutputBytes = 32 * 1024 * 1024;

/** Finds files by name, .gitignore respected. */
export const globTool = defineTool<Input>({
  name: "glob",
  description: "Find files by name. Files ignored by git are left out.",
  input,
  effect: "pure",
  column: "reads",
  toAction: ({ path = "." }, { cwd }) => ({ kind: "read", path: toAbsolutePath(path, cwd) }),
  run: findFiles,
});

async function findFiles({ pattern, path = "." }: Input, context: DecidedContext): Promise<ToolOutcome> {
  context.report(`glob ${pattern}`);
  const matches = createGlobMatcher(pattern);
  if (matches === undefined)
    return failed(`The braces of ${pattern} say too many patterns. Ask for less at once.`);
  // Matched here and not by ripgrep's --glob, which would bring ignored files back.
  const found = await searchFiles({ flags: ["--files", "--null"], maxOutputBytes, separator: "\0" }, context);
  if (found.kind === "failed") return failed(found.reason);
  const names = found.lines.map((line) => line.replace(/^\.\//, ""));
  const wanted = names.filter((name) => matches(name)).toSorted();
  if (wanted.length === 0) {
    return done(
      `No file matches ${pattern} in ${path} (${names.length} files looked at, ignored ones left out).`,
    );
  }
  const shown = takeWhileShort(wanted.map((name) => found.prefix + name));
  const rest = wanted.length - shown.length;
  const notes = rest > 0 ? [`(${rest} more of ${wanted.length}: narrow the pattern or the path)`] : [];
  if (!found.isWhole) notes.push("(there are too many files to look at all of them: narrow the path)");
  return done([...shown, ...notes].join("\n"));
}

function takeWhileShort(lines: readonly string[]): string[] {
  let chars = 0;
  const fitting = lines.slice(0, maxMatches).filter((line) => (chars += line.length + 1) <= maxChars);
  return fitting;
}
