import { Agent, type IncomingMessage, request, type RequestOptions } from "node:http";
import { toLoss } from "./loss.ts";

/** The socket carries the admin's rights by its file mode; with a token it is who that says. TCP needs the token. */
export type DaemonAddress = { socketPath: string; token?: string } | { baseUrl: string; token?: string };

/** Open sockets to one daemon, kept alive between calls. */
export interface Connection {
  address: string;
  agent: Agent;
  options: RequestOptions;
  headers: Record<string, string>;
}

/** One HTTP request. `target` is path and query, from `/`. */
export interface Exchange {
  method: string;
  target: string;
  headers?: Record<string, string>;
  body?: string | undefined;
  signal?: AbortSignal | undefined;
}

export function createConnection(address: DaemonAddress, traceparent?: string): Connection {
  const headers: Record<string, string> = {
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(address.token === undefined ? {} : { authorization: `Bearer ${address.token}` }),
  };
  const agent = new Agent({ keepAlive: true });
  if ("socketPath" in address) {
    return {
      address: address.socketPath,
      agent,
      options: { socketPath: address.socketPath },
      headers,
    };
  }
  const url = new URL(address.baseUrl);
  // URL writes IPv6 hosts in brackets; sockets want them bare.
  const hostname = url.hostname.replaceAll(/^\[|\]$/g, "");
  return { address: url.origin, agent, options: { hostname, port: url.port || 80 }, headers };
}

/** Sends and resolves at the response's head. Throws DaemonLoss when nobody answers, or the signal's reason. */
export function openExchange(connection: Connection, exchange: Exchange): Promise<IncomingMessage> {
  const { signal, body } = exchange;
  const options: RequestOptions & { servername: string } = {
    ...connection.options,
    agent: connection.agent,
    method: exchange.method,
    path: exchange.target,
    // Else Node finds out whether the host is an IPv6 address, by an expression that takes 3 ms to compile.
    servername: "",
    headers: {
      ...connection.headers,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...exchange.headers,
    },
    ...(signal === undefined ? {} : { signal }),
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(options, resolve);
    outgoing.once("error", (error) => {
      reject(toLoss(error, { signal, reusedSocket: outgoing.reusedSocket }));
    });
    outgoing.end(body);
  });
}

/** The whole body as text. Throws DaemonLoss if the daemon dies in the middle. */
export async function readText(response: IncomingMessage, signal?: AbortSignal): Promise<string> {
  response.setEncoding("utf8");
  let text = "";
  try {
    for await (const chunk of response) text += String(chunk);
  } catch (error) {
    throw toLoss(error, { signal, reusedSocket: false });
  }
  return text;
}
