import type { UnderlyingSource } from "node:stream/web";
import type { Dispatcher } from "undici";
import { readEnv } from "../config/environment.ts";
import { OverlongAnswer } from "./overlong-answer.ts";

/**
 * fetch for calls to models, over undici's `request`: measured with 2,000 streamed answers, the platform's own
 * fetch needs a third more CPU for each, and a daemon's thousand sessions do little else.
 *
 * It does not follow redirects: an API does not redirect, and a server that does would be sent the key
 * (x-api-key survives a change of host). It has no time limits: those are the stream watch's.
 */
export const fetchFromProvider: typeof fetch = async (input, init) => {
  const { statusCode, headers, body } = await ask(input, init);
  const isBodiless = bodiless.has(statusCode);
  if (isBodiless) body.on("error", () => undefined).destroy();
  return new Response(isBodiless ? null : toBoundStream(body), {
    status: statusCode,
    headers: toHeaders(headers),
  });
};

const bodiless = new Set([204, 205, 304]);

let opening:
  | Promise<(input: string | URL, init: RequestInit) => Promise<Dispatcher.ResponseData>>
  | undefined;

async function ask(
  input: Parameters<typeof fetch>[0],
  init: RequestInit = {},
): Promise<Dispatcher.ResponseData> {
  opening ??= openAgent();
  const send = await opening;
  return send(input instanceof Request ? input.url : input, init);
}

/** Loaded with the first call: a daemon that asks no model does not need it. */
async function openAgent() {
  const { Agent, EnvHttpProxyAgent, request } = await import("undici");
  // HTTP/1.1 and Node's own word for "by the proxy of the environment", as with the platform's fetch.
  const options = { headersTimeout: 0, bodyTimeout: 0, allowH2: false };
  const isProxied = readEnv()["NODE_USE_ENV_PROXY"] === "1";
  const dispatcher = isProxied ? new EnvHttpProxyAgent(options) : new Agent(options);
  return (url: string | URL, { method, headers, body, signal }: RequestInit) =>
    request(url, {
      dispatcher,
      method: method ?? "GET",
      headers: { ...(headers as Record<string, string>), "accept-encoding": "identity" },
      body: (body ?? null) as string | null,
      ...(signal ? { signal } : {}),
    });
}

// What is no byte string (a header in UTF-8) is refused by Headers; none that we read is.
const byteString = /^[\t\x20-\x7e\x80-\xff]*$/;

function toHeaders(headers: Dispatcher.ResponseData["headers"]): Record<string, string> {
  const read: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const text = String(value);
    if (byteString.test(text)) read[name] = text;
  }
  return read;
}

// Pieces of at most 64 KB. With fewer the socket is stopped and started for every one.
const mostWaiting = 8;
// Twice what the longest answer may be: a whole tool call comes in one event, and once more in JSON.
const mostUnbroken = 32 * 2 ** 20;

/**
 * It fails once 32 MB have come without an empty line, which ends an event. Whoever reads it collects an event,
 * or the text of an error, in memory, and would do so to the end of the heap.
 */
function toBoundStream(body: Dispatcher.ResponseData["body"]): ReadableStream<Uint8Array> {
  let unbroken = 0;
  // What was buffered may come once more after a body was let go of.
  const deafen = (): unknown => body.removeAllListeners("data").removeAllListeners("end");
  const source: UnderlyingSource<Uint8Array> = {
    start(controller) {
      const fail = (error: unknown): void => {
        deafen();
        controller.error(error);
      };
      body.on("error", fail);
      body.on("end", () => controller.close());
      body.on("data", (chunk: Buffer) => {
        const end = findLastEmptyLine(chunk);
        unbroken = end === -1 ? unbroken + chunk.byteLength : chunk.byteLength - end;
        if (unbroken <= mostUnbroken) controller.enqueue(chunk);
        else body.destroy(new OverlongAnswer("has 32 MB without an end of its event"));
        if ((controller.desiredSize ?? 0) <= 0) body.pause();
      });
    },
    pull: () => void body.resume(),
    cancel() {
      deafen();
      body.destroy();
    },
  };
  return new ReadableStream(source, { highWaterMark: mostWaiting });
}

// One that is cut in two by the network is missed; of 32 MB of events one is found.
function findLastEmptyLine(chunk: Buffer): number {
  const plain = chunk.lastIndexOf("\n\n");
  return plain === -1 ? chunk.lastIndexOf("\r\n\r\n") : plain;
}
