import { z } from "zod";
import type { ToolOutcome } from "../core/tool-context.ts";
import { done, failed } from "./outcome.ts";
import { searchFiles } from "./search-files.ts";
import { defineTool, toAbsolutePath, type DecidedContext } from "./tool.ts";

const input = z.object({
  pattern: z.string().min(1).max(10_000).describe("Regular expression (ripgrep)"),
  path: z.string().min(1).optional().describe("File or folder; default: the workspace"),
  glob: z.string().min(1).max(1_000).optional().describe("Only files like *.ts"),
});

type Input = z.infer<typeof input>;

const maxMatches = 200;
const maxChars = 16_000;
const maxLineChars = 300;
// Enough for the matches that are shown, from the start: half of it is kept there.
const maxOutputBytes = 4 * maxChars;

/** Searches file contents with ripgrep; the pattern never reaches JavaScript's RegExp. */
export const grepTool = defineTool<Input>({
  name: "grep",
  description: "Search file contents. Answers path:line:text. Files ignored by git are left out.",
  input,
  effect: "pure",
  column: "reads",
  toAction: ({ path = "." }, { cwd }) => ({ kind: "read", path: toAbsolutePath(path, cwd) }),
  run: searchContents,
});

async function searchContents(wanted: Input, context: DecidedContext): Promise<ToolOutcome> {
  context.report(`grep ${wanted.pattern}`);
  const found = await searchFiles({ flags: toFlags(wanted), maxOutputBytes, separator: "\n" }, context);
  if (found.kind === "failed") return failed(found.reason);
  if (found.lines.length === 0)
    return done(`Nothing matches ${wanted.pattern} in ${wanted.path ?? "the workspace"}.`);
  const lines: string[] = [];
  let chars = 0;
  for (const line of found.lines) {
    chars += line.length + found.prefix.length + 1;
    if (lines.length >= maxMatches || chars > maxChars) break;
    lines.push(found.prefix + line.replace(/^\.\//, ""));
  }
  const isWhole = found.isWhole && lines.length === found.lines.length;
  if (!isWhole) lines.push("(more matches follow: narrow the pattern, the path or the glob)");
  return done(lines.join("\n"));
}

function toFlags({ pattern, glob }: Input): string[] {
  const flags = ["--no-heading", "--line-number", "--with-filename", "--sort", "path"];
  flags.push("--max-columns", String(maxLineChars), "--max-columns-preview", "--max-count", "100");
  // After every other flag a pattern is only ever a pattern, whatever it looks like.
  if (pattern.includes("\n")) flags.push("--multiline");
  if (glob !== undefined) flags.push(`--glob=${glob}`);
  return [...flags, `--regexp=${pattern}`];
}
