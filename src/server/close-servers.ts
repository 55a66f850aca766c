import type { Server } from "node:http";

/** How long to wait, and what to abort after that. */
export interface ClosePlan {
  drainMs: number;
  callsEnd: AbortController;
}

/** Connections that fall idle while others still work are closed this often. */
const sweepMs = 50;

/** Closes servers: no new connections, running requests have `drainMs`, then every connection is cut. */
export async function closeAll(servers: readonly Server[], plan: ClosePlan): Promise<void> {
  const closed = Promise.all(servers.map(closeOne));
  const sweep = setInterval(() => servers.forEach((server) => server.closeIdleConnections()), sweepMs);
  const cut = setTimeout(() => {
    plan.callsEnd.abort();
    servers.forEach((server) => server.closeAllConnections());
  }, plan.drainMs);
  try {
    await closed;
  } finally {
    clearInterval(sweep);
    clearTimeout(cut);
  }
}

function closeOne(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
