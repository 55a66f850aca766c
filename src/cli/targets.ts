import type { Client } from "../client/create-client.ts";
import type { BatchView, SessionView } from "../contract/shapes.ts";
import { ProfclawError } from "../core/errors.ts";

/** What an id means: a session, or else a batch. */
export type Target = { kind: "session"; session: SessionView } | { kind: "batch"; batch: BatchView };

/** Finds a session or a batch by its id or a start of one. Throws not-found or ambiguous-id. */
export async function findTarget(client: Client, id: string): Promise<Target> {
  try {
    return { kind: "session", session: await client.getSession({ id }) };
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  try {
    return { kind: "batch", batch: await client.getBatch({ id }) };
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw new ProfclawError("not-found", `No session and no batch has an id that starts with "${id}".`, {
      hint: "Those there are: profclaw agent sessions -a",
    });
  }
}

/** One after the other, so that the first wrong id is the one that is told. */
export async function findTargets(client: Client, ids: readonly string[]): Promise<Target[]> {
  const targets: Target[] = [];
  for (const id of ids) targets.push(await findTarget(client, id));
  return targets;
}

function isNotFound(error: unknown): boolean {
  return error instanceof ProfclawError && error.code === "not-found";
}
