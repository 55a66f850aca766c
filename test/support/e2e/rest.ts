import { type IncomingHttpHeaders, request as httpRequest } from "node:http";

export interface RestCall {
  method?: string;
  /** Sent as JSON; a string as it stands. */
  body?: unknown;
  headers?: Record<string, string>;
  token?: string;
}

export interface RestAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  ms: number;
  /** The body, taken at its word. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- a test says what it expects there
  json<Value>(): Value;
}

/** What a refusal looks like on the wire. */
export interface ProblemSeen {
  status: number;
  code: string;
  detail: string;
  pointer?: string;
  hint?: string;
}

/** One request on a connection of its own: every header can be set, nothing is added but the length. */
export function callRest(url: string, call: RestCall = {}): Promise<RestAnswer> {
  const startedAt = performance.now();
  const body = toBody(call.body);
  const method = call.method ?? (body === undefined ? "GET" : "POST");
  const headers = {
    ...(body === undefined
      ? {}
      : { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)) }),
    ...(call.token === undefined ? {} : { authorization: `Bearer ${call.token}` }),
    ...call.headers,
  };
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (piece: string) => (text += piece));
      response.once("error", reject);
      response.once("end", () => {
        const { statusCode: status = 0, headers: answered } = response;
        const ms = performance.now() - startedAt;
        resolve({ status, headers: answered, text, ms, json: () => JSON.parse(text) as never });
      });
    });
    request.once("error", reject);
    request.end(body);
  });
}

function toBody(body: unknown): string | undefined {
  return body === undefined || typeof body === "string" ? body : JSON.stringify(body);
}
