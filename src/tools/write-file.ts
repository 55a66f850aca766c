import { z } from "zod";
import type { ToolOutcome } from "../core/tool-context.ts";
import { hashFile, hashText } from "../sandbox/hash-file.ts";
import { writeWholeFile } from "../sandbox/open-safe.ts";
import { toEditRecord } from "./edit-record.ts";
import { done } from "./outcome.ts";
import { interrupted } from "./interrupted.ts";
import { defineTool, toAbsolutePath, type DecidedContext } from "./tool.ts";

const input = z.object({
  path: z.string().min(1).describe("File, absolute or relative to the workspace"),
  content: z.string().max(5_000_000).describe("The whole new content"),
});

type Input = z.infer<typeof input>;

/** Writes a whole file at once, making it and its folders where they are missing. */
export const writeFileTool = defineTool<Input>({
  name: "write_file",
  description: "Create a file or replace its whole content. Use edit_file to change a part.",
  input,
  effect: "effect",
  column: "writes",
  toAction: ({ path }, { cwd }) => ({ kind: "write", path: toAbsolutePath(path, cwd) }),
  prepare: async ({ content }, { realPath }) => ({
    before: await hashFile(realPath),
    after: hashText(content),
  }),
  run: writeFile,
  async recover(wanted, prepared, context) {
    const record = toEditRecord(prepared);
    const now = await hashFile(context.realPath);
    if (now === record.after) return done(`${describe(wanted)} (done before a restart)`);
    return now === record.before ? writeFile(wanted, context) : interrupted("write_file");
  },
});

async function writeFile(wanted: Input, context: DecidedContext): Promise<ToolOutcome> {
  context.report(`write ${wanted.path}`);
  await writeWholeFile(context.realPath, wanted.content);
  return done(describe(wanted));
}

function describe({ path, content }: Input): string {
  return `Wrote ${path} (${Buffer.byteLength(content)} bytes).`;
}
