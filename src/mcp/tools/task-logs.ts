import { z } from "zod";
import type { JournalEntryView } from "../../contract/shapes.ts";
import { renderEntry } from "../../core/journal-text.ts";
import { sessionStatuses } from "../../core/session.ts";
import { type ToolContext, defineTool } from "../tool.ts";
import { mayShowLog } from "./log-right.ts";
import { toResultLink } from "./task-shape.ts";

const mostCharacters = 32_000;
/** Entries hold texts of up to 32 KB, so few at a time. */
const pageSize = 100;

export const taskLogs = defineTool({
  name: "task_logs",
  title: "Read a task's log",
  description:
    "What one task did, step by step, as text: turns, tool calls, messages, its end. Use it to look into a " +
    "long-running or failed task. For the result use tasks or wait. tail_lines gives the newest lines; give " +
    "the cursor of the last answer to read on from there. At most 32,000 characters a call; more says whether " +
    "there is more. Changes nothing.",
  hints: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  input: z.strictObject({
    task_id: z.string().min(1).describe("the task's id or a unique start of it"),
    cursor: z.int().min(0).default(0).describe("cursor of the last answer; 0 is the beginning"),
    tail_lines: z
      .int()
      .min(1)
      .max(1_000)
      .optional()
      .describe("only the newest lines, 1 to 1000; default all"),
  }),
  output: z.object({
    task_id: z.string(),
    status: z.enum(sessionStatuses),
    log: z.string(),
    cursor: z.int(),
    more: z.boolean(),
  }),
  async call(input, context) {
    const session = await context.handlers.getSession({ id: input.task_id }, context.call);
    const { id: task_id, status } = session;
    if (!mayShowLog(session)) {
      const log = "No log: it was spawned with capture_output false. Its result is kept.\n";
      const structured = { task_id, status, log, cursor: input.cursor, more: false };
      return { structured, links: [toResultLink(session)] };
    }
    const read = await readLog({ ...input, task_id }, context);
    return { structured: { task_id, status, ...read } };
  },
});

interface LogInput {
  task_id: string;
  cursor: number;
  tail_lines?: number | undefined;
}

interface LogPart {
  log: string;
  cursor: number;
  more: boolean;
}

/** Whole entries until the answer is full, or the journal at its end. */
async function readLog(input: LogInput, { handlers, call }: ToolContext): Promise<LogPart> {
  const tail = input.tail_lines;
  const part = { lines: [] as string[], length: 0, cursor: input.cursor };
  let more = true;
  while (more && part.length < mostCharacters) {
    const page = await handlers.getSessionEvents(
      {
        id: input.task_id,
        after: part.cursor,
        limit: pageSize,
        ...(tail === undefined || part.length > 0 ? {} : { tail }),
      },
      call,
    );
    more = takeEntries(part, page.events) || page.next_after !== null;
  }
  const lines = tail === undefined ? part.lines : part.lines.slice(-tail);
  return { log: lines.map((line) => `${line}\n`).join(""), cursor: part.cursor, more };
}

/** True if some are left because the answer is full; one is always taken, or nobody would get on. */
function takeEntries(
  part: { lines: string[]; length: number; cursor: number },
  entries: readonly JournalEntryView[],
): boolean {
  for (const entry of entries) {
    const lines = renderEntry(entry).map(shorten);
    const length = lines.reduce((sum, line) => sum + line.length + 1, 0);
    if (part.length > 0 && part.length + length > mostCharacters) return true;
    part.lines.push(...lines);
    part.length += length;
    part.cursor = entry.seq;
  }
  return false;
}

function shorten(line: string): string {
  return line.length <= mostCharacters ? line : `${line.slice(0, mostCharacters)}…`;
}
