import { request as httpRequest } from "node:http";

export interface DaemonCall {
  socketPath: string;
  token: string;
  method?: string;
  path: string;
  body?: unknown;
  /** On top of those that every call has. */
  headers?: Readonly<Record<string, string>>;
  withinMs?: number;
}

export interface DaemonAnswer {
  status: number;
  text: string;
  ms: number;
}

/** One request over the state folder's socket, on a connection of its own. Rejects if there is no whole answer. */
export function callDaemon(call: DaemonCall): Promise<DaemonAnswer> {
  const startedAt = performance.now();
  const body = call.body === undefined ? undefined : JSON.stringify(call.body);
  const method = call.method ?? (body === undefined ? "GET" : "POST");
  const headers = {
    authorization: `Bearer ${call.token}`,
    ...call.headers,
    ...(body === undefined
      ? {}
      : { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)) }),
  };
  const { socketPath, path, withinMs = 10_000 } = call;
  return new Promise((resolve, reject) => {
    const options = {
      socketPath,
      path,
      method,
      headers,
      agent: false,
      signal: AbortSignal.timeout(withinMs),
    };
    const request = httpRequest(options, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (piece: string) => (text += piece));
      response.once("error", reject);
      response.once("close", () => {
        if (!response.complete) reject(new Error("the answer was cut off"));
        else resolve({ status: response.statusCode ?? 0, text, ms: performance.now() - startedAt });
      });
    });
    request.once("error", reject);
    request.end(body);
  });
}
