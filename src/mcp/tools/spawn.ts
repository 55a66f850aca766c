import { z } from "zod";
import type { AcceptedBatchView } from "../../contract/session-operations.ts";
import type { SessionView } from "../../contract/shapes.ts";
import { toShortId } from "../../core/id.ts";
import { sessionStatuses } from "../../core/session.ts";
import { defineTool } from "../tool.ts";
import { type SpawnInput, spawnInput } from "./spawn-input.ts";
import { toModelName } from "./task-shape.ts";
import { toBatch } from "./to-batch.ts";

const handle = {
  task_id: z.string(),
  pid: z.int(),
  child_cid: z.string(),
  parent_cid: z.string().nullable(),
  status: z.enum(sessionStatuses),
  role: z.string().nullable(),
  agent: z.string(),
  model: z.string(),
  cwd: z.string(),
  log: z.string(),
  attach: z.string(),
};

type Handle = z.infer<z.ZodObject<typeof handle>>;

export const spawn = defineTool({
  name: "spawn",
  title: "Spawn a parallel session",
  description:
    "Starts a NEW agent session that works in parallel, and returns its handle at once. Reach for it when you " +
    "would do independent things one after the other, when a task is long, when several angles help (roles), or " +
    "to keep this context clean. Spawn all of them first, then collect: wait or tasks for results, task_logs to " +
    "look in. Do not spawn when each step needs the last one's result, or for one quick call. The prompt must " +
    "say everything; the child knows nothing else. It costs model calls, and may change files in cwd as far as " +
    "permission_mode allows. It outlives this client.",
  hints: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  input: spawnInput,
  output: z.object({
    result: z.string(),
    ...handle,
    warnings: z.array(z.string()),
    panel: z.array(z.object(handle)).optional(),
  }),
  async call(input, context) {
    const accepted = await context.handlers.createSessions(toBatch(input, context), context.call);
    const panel = accepted.sessions.map(toHandle);
    const [first] = panel;
    if (first === undefined) throw new Error("A batch was accepted without sessions.");
    const structured = {
      result: toResultText(input, accepted),
      ...first,
      warnings: accepted.warnings,
      ...(input.roles === undefined ? {} : { panel }),
    };
    return { structured };
  },
});

/** Sessions of ours run in the daemon: their pid is 0. */
function toHandle(session: SessionView): Handle {
  return {
    task_id: session.id,
    pid: 0,
    child_cid: session.id,
    parent_cid: session.parent_id,
    status: session.status,
    role: session.role,
    agent: session.agent,
    model: toModelName(session),
    cwd: session.cwd,
    log: `profclaw://sessions/${session.id}/log`,
    attach: `profclaw agent attach ${toShortId(session.id)}`,
  };
}

function toResultText(input: SpawnInput, { sessions }: AcceptedBatchView): string {
  const ids = sessions.map(({ id }) => id);
  const [first] = sessions;
  const what = sessions.length === 1 ? "session" : `${sessions.length} sessions`;
  const by = first === undefined ? "" : ` (${first.agent}, ${toModelName(first)}) in ${first.cwd}`;
  const watch = input.visible ? ` Watch: profclaw agent attach ${ids.map(toShortId).join(" ")}.` : "";
  return `Spawned ${what}${by}. Collect: wait with tasks ${JSON.stringify(ids)}.${watch}`;
}
