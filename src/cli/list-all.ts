import type { Client, InputOf } from "../client/create-client.ts";
import type { SessionView } from "../contract/shapes.ts";

const pageSize = 1_000;

/** Every session of a query, all its pages. */
export async function listAll(
  client: Client,
  query: Omit<InputOf<"listSessions">, "cursor" | "limit">,
  signal?: AbortSignal,
): Promise<SessionView[]> {
  const sessions: SessionView[] = [];
  let cursor: string | null = null;
  do {
    const page = await client.listSessions(
      { ...query, limit: pageSize, ...(cursor === null ? {} : { cursor }) },
      signal === undefined ? {} : { signal },
    );
    sessions.push(...page.sessions);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return sessions;
}
