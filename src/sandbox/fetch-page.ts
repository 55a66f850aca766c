import { lookup } from "node:dns/promises";
import { type LookupFunction, isIP } from "node:net";
import type { Agent, Dispatcher } from "undici";
import { parseWebUrl, toLiteralAddress } from "./parse-web-url.ts";
import { isPublicAddress } from "./public-address.ts";

/** How names become addresses, and which addresses may be connected to. */
export interface Network {
  /** Every address of a name. */
  resolve: (host: string) => Promise<readonly string[]>;
  isAllowed: (address: string) => boolean;
}

/** The machine's own resolver, and the public internet alone. */
export const publicNetwork: Network = {
  resolve: async (host) => (await lookup(host, { all: true, verbatim: true })).map(({ address }) => address),
  isAllowed: isPublicAddress,
};

export interface PageRequest {
  url: URL;
  network: Network;
  /** Asked for every other host that a redirect leads to: null if it may, else why not. */
  refuseHost: (host: string) => Promise<string | null>;
  userAgent: string;
  timeoutMs: number;
  maxBytes: number;
  signal: AbortSignal;
}

/** What came back. `refused`: nothing was asked of that place. */
export type PageOutcome =
  | {
      kind: "page";
      url: URL;
      status: number;
      contentType: string;
      contentEncoding: string;
      bytes: Buffer;
      isWhole: boolean;
    }
  | { kind: "refused"; reason: string }
  | { kind: "failed"; reason: string };

const maxRedirects = 5;
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** One place that was checked: only these addresses are connected to. */
interface Place {
  url: URL;
  addresses: readonly string[];
}

/**
 * A GET without cookies, credentials or proxy. The host, each address it resolves to and each redirect are
 * checked, and the connection goes to the very address that was checked, so a name that answers otherwise
 * the next time gains nothing. Rejects only with the caller's own abort.
 */
export async function fetchPage(request: PageRequest): Promise<PageOutcome> {
  const deadline = AbortSignal.timeout(request.timeoutMs);
  const signal = AbortSignal.any([request.signal, deadline]);
  try {
    return await follow({ ...request, signal });
  } catch (error) {
    request.signal.throwIfAborted();
    if (deadline.aborted) return { kind: "failed", reason: `no whole answer within ${request.timeoutMs} ms` };
    return { kind: "failed", reason: toReason(error) };
  }
}

async function follow(request: PageRequest): Promise<PageOutcome> {
  let { url } = request;
  for (let hops = 0; hops <= maxRedirects; hops += 1) {
    const checked = await checkPlace(url, request);
    if (typeof checked === "string") return { kind: "refused", reason: checked };
    const answer = await ask(checked, request);
    if (typeof answer !== "string") return answer;
    const next = parseWebUrl(answer, url);
    if (next.kind === "fault")
      return { kind: "refused", reason: `it redirects to ${show(answer)}: ${next.reason}` };
    const reason = next.url.hostname === url.hostname ? null : await request.refuseHost(next.url.hostname);
    if (reason !== null) return { kind: "refused", reason: `it redirects to ${next.url.href}: ${reason}` };
    url = next.url;
  }
  return { kind: "failed", reason: `more than ${maxRedirects} redirects` };
}

/** Its addresses, or why it is not asked: one that is not allowed closes the name, whatever the others are. */
async function checkPlace(url: URL, { network, signal }: PageRequest): Promise<Place | string> {
  const literal = toLiteralAddress(url);
  const addresses = literal === null ? await orAbort(network.resolve(url.hostname), signal) : [literal];
  if (addresses.length === 0) return `${url.hostname} has no address`;
  const closed = addresses.find((address) => !network.isAllowed(address));
  if (closed === undefined) return { url, addresses };
  const what = literal === null ? `${url.hostname} is ${closed}, which` : closed;
  return `${what} is not a public address`;
}

/** The page, or where it redirects to. */
async function ask(place: Place, request: PageRequest): Promise<PageOutcome | string> {
  const { Agent: UndiciAgent } = await import("undici");
  const agent = new UndiciAgent({
    connect: { lookup: toLookup(place), timeout: request.timeoutMs },
    headersTimeout: request.timeoutMs,
    bodyTimeout: request.timeoutMs,
    pipelining: 0,
  });
  try {
    return await readAnswer(await send(agent, place, request), place, request);
  } finally {
    await agent.destroy();
  }
}

function send(agent: Agent, { url }: Place, request: PageRequest): Promise<Dispatcher.ResponseData> {
  return agent.request({
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    method: "GET",
    headers: {
      "user-agent": request.userAgent,
      accept: "text/html, application/xhtml+xml, application/json, text/*;q=0.9, */*;q=0.1",
      "accept-encoding": "identity",
    },
    signal: request.signal,
  });
}

async function readAnswer(
  { statusCode, headers, body }: Dispatcher.ResponseData,
  { url }: Place,
  request: PageRequest,
): Promise<PageOutcome | string> {
  const { location } = headers;
  // Letting go of a body emits an error, which nobody else would hear: the process would end by it.
  body.on("error", () => undefined);
  if (redirects.has(statusCode) && typeof location === "string") {
    body.destroy();
    return location;
  }
  const { bytes, isWhole } = await readAtMost(body, request.maxBytes);
  return {
    kind: "page",
    url,
    status: statusCode,
    contentType: String(headers["content-type"] ?? ""),
    contentEncoding: String(headers["content-encoding"] ?? ""),
    bytes,
    isWhole,
  };
}

async function readAtMost(
  body: AsyncIterable<unknown>,
  maxBytes: number,
): Promise<{ bytes: Buffer; isWhole: boolean }> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    const bytes = chunk as Buffer;
    chunks.push(bytes.subarray(0, maxBytes - size));
    size += bytes.length;
    if (size > maxBytes) return { bytes: Buffer.concat(chunks), isWhole: false };
  }
  return { bytes: Buffer.concat(chunks), isWhole: true };
}

/** Whatever is asked for, the answer is what was checked. Literal addresses never come here. */
function toLookup({ addresses }: Place): LookupFunction {
  const entries = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, options, answer) => {
    const [first] = entries;
    if (options.all === true) answer(null, entries);
    else answer(null, first?.address ?? "", first?.family ?? 4);
  };
}

/** A resolver can not be stopped, only left alone. */
async function orAbort<Value>(job: Promise<Value>, signal: AbortSignal): Promise<Value> {
  signal.throwIfAborted();
  const stopped = new AbortController();
  const abort = new Promise<never>((_, reject) => {
    const fail = (): void => reject(signal.reason as Error);
    signal.addEventListener("abort", fail, { once: true, signal: stopped.signal });
  });
  try {
    return await Promise.race([job, abort]);
  } finally {
    stopped.abort();
  }
}

function toReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error ? String(error.code) : "";
  const text = error.message === "" ? code : error.message;
  return text.includes(code) ? text : `${code}: ${text}`;
}

function show(text: string): string {
  return JSON.stringify(text.slice(0, 200));
}
