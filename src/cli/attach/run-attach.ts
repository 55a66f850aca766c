import type { CliContext } from "../context.ts";
import { linkDaemon } from "../daemon-link.ts";
import { attachSessions } from "./attach-sessions.ts";

/** Shows them on this terminal, until Enter; off a terminal until they have ended. Resolves to the exit code. */
export async function runAttach(ids: readonly string[], context: CliContext): Promise<number> {
  const client = await linkDaemon(context);
  try {
    await attachSessions({ client, context, stdin: context.terminal.canAsk ? process.stdin : null }, ids);
    return 0;
  } finally {
    client.close();
  }
}
