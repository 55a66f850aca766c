import type { IncomingMessage, ServerResponse } from "node:http";
import { finished } from "node:stream/promises";

const lingerMs = 5_000;

/**
 * To be called before an answer is written. Where the request's body has not come whole by then, its
 * connection stays open until it has, for 5 s at most: what is closed on a client that still writes takes
 * the answer with it (RFC 9112, 9.6).
 */
export function lingerForBody(incoming: IncomingMessage, outgoing: ServerResponse): void {
  if (incoming.complete || outgoing.headersSent) return;
  const closesAfter = !outgoing.shouldKeepAlive;
  // Node would close such a connection with the last byte of the answer.
  outgoing.shouldKeepAlive = true;
  outgoing.once("finish", () => void takeRest(incoming, closesAfter));
}

async function takeRest(incoming: IncomingMessage, closesAfter: boolean): Promise<void> {
  const signal = AbortSignal.timeout(lingerMs);
  await finished(incoming.resume(), { signal, writable: false }).catch(() => undefined);
  if (closesAfter || !incoming.complete) incoming.socket.destroySoon();
}
