import { z } from "zod";
import type { ToolOutcome } from "../core/tool-context.ts";
import { hashFile, hashText } from "../sandbox/hash-file.ts";
import { openForReading, writeWholeFile } from "../sandbox/open-safe.ts";
import { toEditRecord } from "./edit-record.ts";
import { interrupted } from "./interrupted.ts";
import { done, failed } from "./outcome.ts";
import { planEdit, type EditPlan } from "./plan-edit.ts";
import { defineTool, toAbsolutePath, type DecidedContext } from "./tool.ts";

const input = z.object({
  path: z.string().min(1).describe("File, absolute or relative to the workspace"),
  old_text: z.string().min(1).describe("Text to replace, exactly as in the file; must occur once"),
  new_text: z.string().describe("What to put in its place"),
});

type Input = z.infer<typeof input>;

const maxBytes = 8 * 1024 * 1024;

/** Replaces one passage of a text file. */
export const editFileTool = defineTool<Input>({
  name: "edit_file",
  description: "Replace one passage of a text file by another.",
  input,
  effect: "effect",
  column: "writes",
  toAction: ({ path }, { cwd }) => ({ kind: "write", path: toAbsolutePath(path, cwd) }),
  async prepare(wanted, context) {
    const plan = await makePlan(wanted, context);
    if (plan.kind === "refused") return { before: null, after: null };
    return { before: hashText(plan.before), after: hashText(plan.after) };
  },
  run: editFile,
  async recover(wanted, prepared, context) {
    const record = toEditRecord(prepared);
    const now = await hashFile(context.realPath);
    if (now === record.after) return done(`Edited ${wanted.path} (done before a restart).`);
    // Null: the edit could not be made then, so nothing has happened, and it says why again.
    return now === record.before || record.before === null
      ? editFile(wanted, context)
      : interrupted("edit_file");
  },
});

async function editFile(wanted: Input, context: DecidedContext): Promise<ToolOutcome> {
  context.report(`edit ${wanted.path}`);
  const plan = await makePlan(wanted, context);
  if (plan.kind === "refused") return failed(plan.reason);
  await writeWholeFile(context.realPath, plan.after);
  return done(`Edited ${wanted.path} at line ${plan.line}.`);
}

async function makePlan({ path, old_text, new_text }: Input, context: DecidedContext): Promise<EditPlan> {
  await using handle = await openForReading(context.realPath);
  const { size } = await handle.stat();
  if (size > maxBytes) return { kind: "refused", reason: `${path} is too large to edit (${size} bytes).` };
  const bytes = await handle.readFile();
  return planEdit({ path, bytes, oldText: old_text, newText: new_text });
}
