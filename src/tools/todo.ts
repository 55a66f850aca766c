import { z } from "zod";
import type { JournalEvent } from "../core/journal.ts";
import { done } from "./outcome.ts";
import { defineTool } from "./tool.ts";

const marks = { pending: "[ ]", in_progress: "[>]", done: "[x]" } as const;

const input = z.object({
  items: z
    .array(
      z.object({
        text: z.string().min(1).max(500),
        status: z.enum(["pending", "in_progress", "done"]),
      }),
    )
    .max(100)
    .describe("The whole list, each time"),
});

type Input = z.infer<typeof input>;

/** The model's own list. It lives in the journal, as the results of its calls; the latest is the list. */
export const todoTool = defineTool<Input>({
  name: "todo",
  description: "Keep your list of steps for long work: give all items with their status.",
  input,
  effect: "pure",
  column: "sessions",
  toAction: () => ({ kind: "sessions" }),
  async run({ items }, context) {
    const head = toHead(items);
    context.report("todo");
    const lines = items.map(({ text, status }) => `${marks[status]} ${text.replaceAll(/\s+/g, " ")}`);
    return done([head, ...lines].join("\n"));
  },
});

/** How the list of a journal's events stands: the first line of the latest one. */
export function readTodoHead(event: JournalEvent, before: string | null): string | null {
  if (event.type !== "tool-result" || event.tool !== todoTool.name || event.isError) return before;
  return event.text.split("\n", 1)[0] ?? before;
}

/** "3/7 done: write the tests". */
function toHead(items: Input["items"]): string {
  const finished = items.filter(({ status }) => status === "done").length;
  const next =
    items.find(({ status }) => status === "in_progress") ?? items.find(({ status }) => status === "pending");
  const head = `${finished}/${items.length} done`;
  return next === undefined ? head : `${head}: ${next.text.replaceAll(/\s+/g, " ").slice(0, 100)}`;
}
