import type { Client } from "../../client/create-client.ts";
import type { FlowView } from "../../contract/flow-shapes.ts";
import type { SessionView } from "../../contract/shapes.ts";
import { ProfclawError } from "../../core/errors.ts";

/** Who is looked at: those there are now, and whether more may come. */
export interface Members {
  sessions: Pick<SessionView, "id" | "name" | "task">[];
  isWhole: boolean;
}

/** Asked again and again until it is whole. */
export type ReadMembers = () => Promise<Members>;

const mostMembers = 1_000;

/** What an id stands for: a session, a batch, or a flow, whose sessions come as it goes. Throws not-found. */
export async function findMembers(client: Client, id: string): Promise<ReadMembers> {
  const session = await orNull(client.getSession({ id }));
  if (session !== null) return async () => ({ sessions: [session], isWhole: true });
  const batch = await orNull(client.getBatch({ id }));
  if (batch !== null) return () => readBatch(client, batch.id);
  const flow = await orNull(client.getFlow({ id }));
  if (flow !== null) return () => readFlow(client, flow.id);
  throw new ProfclawError("not-found", `No session, batch or flow has an id that starts with "${id}".`, {
    hint: "Those there are: profclaw agent sessions -a, profclaw flow list",
  });
}

async function readBatch(client: Client, id: string): Promise<Members> {
  const { sessions } = await client.listSessions({ batch: id, limit: mostMembers });
  return { sessions: sessions.toReversed(), isWhole: true };
}

async function readFlow(client: Client, id: string): Promise<Members> {
  const flow = await client.getFlow({ id });
  const sessions = flow.steps.flatMap(toSessions);
  return { sessions, isWhole: flow.ended_at !== null };
}

function toSessions({ id: step, units }: FlowView["steps"][number]): Members["sessions"] {
  return units.flatMap(({ session_id: id, label }) =>
    id === null ? [] : [{ id, name: label === step ? step : `${step}, ${label}`, task: step }],
  );
}

async function orNull<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ProfclawError && error.code === "not-found") return null;
    throw error;
  }
}
