import { z } from "zod";
import type { ToolOutcome } from "../core/tool-context.ts";
import { openWithSize } from "../sandbox/open-safe.ts";
import { readLines, type LineWindow } from "../sandbox/read-lines.ts";
import { done, failed } from "./outcome.ts";
import { defineTool, toAbsolutePath, type DecidedContext } from "./tool.ts";

const input = z.object({
  path: z.string().min(1).describe("File, absolute or relative to the workspace"),
  offset: z.int().min(1).optional().describe("First line, from 1"),
  limit: z.int().min(1).max(2_000).optional().describe("Most lines to read"),
});

type Input = z.infer<typeof input>;

const maxChars = 16_000;
const maxLineChars = 2_000;
const maxBytes = 512 * 1024 * 1024;

/** Reads lines of a text file, numbered as `cat -n` does. */
export const readFileTool = defineTool<Input>({
  name: "read_file",
  description: "Read a text file. Lines come numbered; long files in parts.",
  input,
  effect: "pure",
  column: "reads",
  toAction: ({ path }, { cwd }) => ({ kind: "read", path: toAbsolutePath(path, cwd) }),
  run: readFile,
});

async function readFile(
  { path, offset = 1, limit = 2_000 }: Input,
  context: DecidedContext,
): Promise<ToolOutcome> {
  context.report(`read ${path}`);
  const { handle, size } = await openWithSize(context.realPath);
  await using _ = handle;
  const { signal } = context;
  const window = await readLines(handle, { offset, limit, maxChars, maxLineChars, size, maxBytes, signal });
  if (window.isBinary) {
    return failed(`${path} is a binary file, which read_file can not show. Choose a text file.`);
  }
  if (window.lines.length === 0) return describeEmpty({ path, offset }, window);
  const numbered = window.lines.map((line, index) => `${String(offset + index).padStart(6)}\t${line}`);
  return done([...numbered, ...toNotes(window)].join("\n"));
}

function describeEmpty({ path, offset }: { path: string; offset: number }, window: LineWindow): ToolOutcome {
  if (window.gaveUp)
    return failed(`${path} is too large to read up to line ${offset}. Search it with grep instead.`);
  if (window.total === 0) return done(`(${path} is empty)`);
  return failed(
    `${path} has only ${window.total} lines. Call read_file with an offset up to ${window.total}.`,
  );
}

function toNotes(window: LineWindow): string[] {
  const notes: string[] = [];
  if (window.next !== null) notes.push(`(more follows: read on with offset=${window.next})`);
  if (window.gaveUp) notes.push("(the file goes on, too far to read: search it with grep)");
  if (window.next === null && !window.endsWithNewline) notes.push("(no newline at the end of the file)");
  if (window.hasCarriageReturns) notes.push("(lines end in CRLF)");
  return notes;
}
