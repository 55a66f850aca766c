import { z } from "zod";
import type { SessionView } from "../../contract/shapes.ts";
import { sessionStatuses } from "../../core/session.ts";
import { type ToolContext, defineTool } from "../tool.ts";
import { taskShape, toResultLink, toTaskView } from "./task-shape.ts";

const mostIds = 50;

export const tasks = defineTool({
  name: "tasks",
  title: "List tasks",
  description:
    "Shows spawned sessions: status, what each does now, cost, result. Use it to find ids, or to look once at " +
    "how work stands. To block until work is done use wait, for step-by-step output task_logs. With task_ids " +
    "exactly those are shown; else newest first, what you have spawned (scope all: everybody's). Long results are " +
    "cut and linked. Changes nothing.",
  hints: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  input: z.strictObject({
    task_ids: z
      .array(z.string().min(1))
      .max(mostIds)
      .optional()
      .describe(
        `ids or unique starts of ids, up to ${mostIds}; default all. With ids the other filters do not count`,
      ),
    scope: z
      .enum(["own", "all"])
      .default("own")
      .describe("own: what you have spawned, for a client also what its children spawned; all: everybody's"),
    status: z.array(z.enum(sessionStatuses)).optional().describe("only these; default all"),
    label: z
      .array(z.string().regex(/^[^=]+=.*$/))
      .max(10)
      .optional()
      .describe("key=value, all must match, up to 10; default any"),
    cursor: z.string().optional().describe("next_cursor of the page before; default the first page"),
    limit: z.int().min(1).max(100).default(20).describe("1 to 100"),
  }),
  output: z.object({ tasks: z.array(taskShape), next_cursor: z.string().nullable() }),
  async call(input, context) {
    const page = await readPage(input, context);
    const views = page.sessions.map((session) => ({ session, view: toTaskView(session) }));
    return {
      structured: { tasks: views.map(({ view }) => view), next_cursor: page.next_cursor },
      links: views.filter(({ view }) => view.truncated).map(({ session }) => toResultLink(session)),
    };
  },
});

interface PageInput {
  scope: "own" | "all";
  task_ids?: string[] | undefined;
  status?: (typeof sessionStatuses)[number][] | undefined;
  label?: string[] | undefined;
  cursor?: string | undefined;
  limit: number;
}

async function readPage(
  { task_ids: ids, scope, ...filter }: PageInput,
  { handlers, call }: ToolContext,
): Promise<{ sessions: SessionView[]; next_cursor: string | null }> {
  if (ids !== undefined) {
    const sessions = await Promise.all(ids.map((id) => handlers.getSession({ id }, call)));
    return { sessions, next_cursor: null };
  }
  const own = scope === "own" ? await toOwn({ handlers, call }) : {};
  return handlers.listSessions({ ...filter, ...own }, call);
}

/** A client that has no name owns nothing, and is shown all. */
async function toOwn({
  handlers,
  call,
}: Pick<ToolContext, "handlers" | "call">): Promise<{ parent?: string; peer?: string }> {
  if (call.caller.kind === "session") return { parent: call.caller.sessionId };
  if (call.caller.peer === undefined) return {};
  return { peer: (await handlers.listPeers({}, call)).self.id };
}
