import { z } from "zod";
import type { SessionView } from "../../contract/shapes.ts";
import { sessionStatuses } from "../../core/session.ts";
import type { AnswerLink } from "../tool.ts";

const mostTaskCharacters = 200;
const mostResultCharacters = 4_000;

/** A session as a tool tells of it: short, since a model reads it. */
export const taskShape = z.object({
  task_id: z.string(),
  parent_cid: z.string().nullable(),
  status: z.enum(sessionStatuses),
  reason: z.string().nullable(),
  name: z.string().nullable(),
  role: z.string().nullable(),
  agent: z.string(),
  model: z.string(),
  task: z.string(),
  activity: z.string().nullable(),
  turns: z.int(),
  cost_usd: z.string().nullable(),
  result: z.string().nullable(),
  truncated: z.boolean(),
  error: z.string().nullable(),
});

export type TaskView = z.infer<typeof taskShape>;

/** The short form; a long result is cut, and `toResultLink` says where the whole is. */
export function toTaskView(session: SessionView): TaskView {
  const text = session.result?.text ?? null;
  return {
    task_id: session.id,
    parent_cid: session.parent_id,
    status: session.status,
    reason: session.reason,
    name: session.name,
    role: session.role,
    agent: session.agent,
    model: toModelName(session),
    task: cut(session.task, mostTaskCharacters),
    activity: session.activity,
    turns: session.turns,
    cost_usd: session.cost_usd,
    result: text === null ? null : cut(text, mostResultCharacters),
    truncated: text !== null && (text.length > mostResultCharacters || session.result?.truncated === true),
    error: session.error === null ? null : `${session.error.code}: ${session.error.detail}`,
  };
}

/** Where the whole result of a session is read. */
export function toResultLink(session: SessionView): AnswerLink {
  return {
    uri: `profclaw://sessions/${session.id}/result`,
    name: `result of ${session.id.slice(0, 8)}`,
    description: "the whole text",
  };
}

export function toModelName({ provider, model }: Pick<SessionView, "provider" | "model">): string {
  return `${provider}/${model}`;
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}…`;
}
