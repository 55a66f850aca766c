import { z } from "zod";
import type { ToolOutcome } from "../core/tool-context.ts";
import { type Network, type PageOutcome, fetchPage, publicNetwork } from "../sandbox/fetch-page.ts";
import { parseWebUrl } from "../sandbox/parse-web-url.ts";
import { keepLongText } from "./keep-long-text.ts";
import { done, failed } from "./outcome.ts";
import { quoteFetched, toPageText } from "./page-text.ts";
import { type DecidedContext, type Tool, defineTool } from "./tool.ts";

const timeoutMs = 30_000;
const maxBytes = 5 * 1024 * 1024;
const userAgent = "profclaw";

const input = z.object({
  url: z
    .string()
    .min(1)
    .superRefine((text, check) => {
      const parsed = parseWebUrl(text);
      if (parsed.kind === "fault") check.addIssue({ code: "custom", message: parsed.reason });
    })
    .describe("http(s) URL of a page or of JSON"),
});

type Input = z.infer<typeof input>;

type Page = Extract<PageOutcome, { kind: "page" }>;

/** Fetches pages as text from a network; tests bring their own, sessions get the public one. */
export function createFetchUrlTool(network: Network): Tool {
  return defineTool<Input>({
    name: "fetch_url",
    description: "Fetch a web page as text, or JSON as it is. GET only, public hosts only.",
    input,
    effect: "pure",
    column: "network",
    toAction: ({ url }) => ({ kind: "network", host: new URL(url).hostname }),
    run: (wanted, context) => fetchUrl(wanted, { context, network }),
  });
}

export const fetchUrlTool = createFetchUrlTool(publicNetwork);

async function fetchUrl(
  { url: text }: Input,
  { context, network }: { context: DecidedContext; network: Network },
): Promise<ToolOutcome> {
  const parsed = parseWebUrl(text);
  if (parsed.kind === "fault") return failed(`${text} can not be fetched: ${parsed.reason}.`);
  const { url } = parsed;
  context.report(`fetch ${url.host}`);
  const outcome = await fetchPage({
    url,
    network,
    refuseHost: (host) => refuseHost(host, context),
    userAgent,
    timeoutMs,
    maxBytes,
    signal: context.signal,
  });
  if (outcome.kind === "refused") return failed(`Not fetched: ${url.href}: ${outcome.reason}.`);
  if (outcome.kind === "failed") return failed(`${url.href} could not be fetched: ${outcome.reason}.`);
  return describePage(outcome, context);
}

/** A redirect is no way around the policy; what needs approval is asked for under its own address. */
async function refuseHost(host: string, context: DecidedContext): Promise<string | null> {
  const decision = await context.judge({ kind: "network", host });
  if (decision.kind === "allow") return null;
  const advice = decision.kind === "ask" ? "; fetch that URL itself to ask for it" : "";
  return `${decision.reason}${advice}`;
}

async function describePage(page: Page, context: DecidedContext): Promise<ToolOutcome> {
  const { url, status, contentType, contentEncoding, bytes, isWhole } = page;
  if (contentEncoding !== "" && contentEncoding !== "identity") {
    return failed(`${url.href} answers in ${contentEncoding}, although plain text was asked for.`);
  }
  const read = await toPageText(bytes, contentType);
  if (read.kind === "not-text") return failed(`${url.href} is not shown: ${read.reason}.`);
  const text = await keepLongText({ name: `fetched ${url.href}`.slice(0, 200), text: read.text }, context);
  const cut = isWhole ? "" : `, the first ${maxBytes} bytes`;
  const quoted = quoteFetched(text, `${url.href} (HTTP ${status}, ${contentType || "no type"}${cut}).`);
  return status >= 200 && status < 300 ? done(quoted) : failed(quoted);
}
