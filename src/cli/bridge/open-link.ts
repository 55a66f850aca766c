import { createConnection, openExchange } from "../../client/connection.ts";
import { isSessionToken } from "../../core/session-token.ts";
import type { CliContext } from "../context.ts";
import { linkAndGreet, mayStart, watchOutages } from "../daemon-link.ts";
import type { BridgeFlags } from "./bridge-flags.ts";
import { createForward, type Forward } from "./forward.ts";
import type { Message } from "./message.ts";
import { findClientName, toPeerName } from "./peer-name.ts";

/** The bridge's way to the daemon. Dispose of it to end it. */
export interface DaemonLink extends Disposable {
  forward: Forward;
}

/** Under a client's own limit, which is a minute where it says nothing else. */
const patienceMs = { revives: 40_000, waits: 8_000 };
/** Well below the time after which a daemon that nobody uses ends. */
const sayHelloEveryMs = 60_000;

/**
 * Messages to the daemon, which is started when the first one comes if none runs, and again if it goes. While
 * the link is open the daemon does not count as idle.
 */
export function openDaemonLink(context: CliContext, flags: BridgeFlags): DaemonLink {
  const connection = createConnection({ socketPath: context.paths.socket });
  const forward = createForward({
    connection,
    target: toTarget(context, flags),
    headersOf: createHeaders(context, flags),
    patienceMs: mayStart(context) ? patienceMs.revives : patienceMs.waits,
    watch: watchOutages(context),
  });
  const ready = createReady(context);
  // At once: a client's first message should find it there. If it fails, that message says so.
  ready().catch(() => undefined);
  const hello = setInterval(() => void touchDaemon(connection), sayHelloEveryMs).unref();
  return {
    async forward(message, options) {
      await ready();
      await forward(message, options);
    },
    [Symbol.dispose]() {
      clearInterval(hello);
      connection.agent.destroy();
    },
  };
}

function toTarget({ cwd }: CliContext, { toolset }: BridgeFlags): string {
  const query = new URLSearchParams({ cwd, ...(toolset === undefined ? {} : { toolset }) });
  return `/mcp?${query.toString()}`;
}

/** A session's own bridge acts as that session; any other as a peer, under a name that it has again next time. */
function createHeaders(
  { env, cwd }: CliContext,
  flags: BridgeFlags,
): (message: Message) => Record<string, string> {
  const token = env["PROFCLAW_TOKEN"] ?? "";
  const authorization = token === "" ? {} : { authorization: `Bearer ${token}` };
  if (isSessionToken(token)) return () => authorization;
  let { peer } = flags;
  return (message) => {
    const client = peer === undefined ? findClientName(message) : undefined;
    if (client !== undefined) peer = toPeerName(client, cwd);
    return { ...authorization, ...(peer === undefined ? {} : { "profclaw-peer": peer }) };
  };
}

/** Starts and greets the daemon once; a failure is tried again by the next message. */
function createReady(context: CliContext): () => Promise<void> {
  let made: Promise<void> | undefined;
  return () => {
    made ??= linkAndGreet(context).then(
      (client) => client.close(),
      (error: unknown) => {
        made = undefined;
        throw error;
      },
    );
    return made;
  };
}

async function touchDaemon(connection: ReturnType<typeof createConnection>): Promise<void> {
  try {
    (await openExchange(connection, { method: "GET", target: "/api/daemon" })).resume();
  } catch {
    // It is away: the next message brings it back.
    return;
  }
}
