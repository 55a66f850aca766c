import { z } from "zod";
import type { JsonObject } from "../../core/json.ts";
import type { ToolOutcome } from "../../core/tool-context.ts";
import { keepLongText } from "../keep-long-text.ts";
import { done, failed } from "../outcome.ts";
import { quoteForeign } from "../page-text.ts";
import type { DecidedContext, Tool } from "../tool.ts";
import type { ServerLink, ServerTool } from "./connect-server.ts";
import { hashText, toResultText, toToolName, withoutWords } from "./server-text.ts";
import type { TextBook } from "./text-book.ts";

/** A server as a session has it. */
export interface OpenServer {
  name: string;
  /** What it is: another program under the same name is another server. */
  identity: string;
  link: ServerLink;
}

export interface ServerToolParts {
  texts: TextBook;
  /** True where the session's level never asks: then nobody looks at a text before its model does. */
  asksNobody: boolean;
}

const longestSchema = 20_000;
const longestDescription = 2_000;

/** A server's tool as one of ours; null if what it says of itself is too long for a model. */
export async function toServerTool(
  server: OpenServer,
  told: ServerTool,
  { texts, asksNobody }: ServerToolParts,
): Promise<Tool | null> {
  if (JSON.stringify(told.inputSchema).length > longestSchema) return null;
  const sha256 = hashText(told);
  const key = `${server.name} ${server.identity} ${told.name}`;
  const known = await texts.find(key);
  const isChanged = known !== undefined && known !== sha256;
  const isSeen = known === sha256 || asksNobody;
  const what = describe(server.name, told, { isSeen, isChanged });
  return {
    name: toToolName(server.name, told.name),
    description: isSeen ? told.description.slice(0, longestDescription) : toWithheld(server.name, told.name),
    schema: isSeen ? told.inputSchema : withoutWords(told.inputSchema),
    input: z.record(z.string(), z.json()),
    effect: "effect",
    column: "rest",
    toAction: () => ({ kind: "mcp", what, textSha256: sha256, isChanged }),
    async run(input, context) {
      // Past the gate: a person said yes to this text, or wrote a rule for it. A level that asks nobody is no such yes.
      if (!asksNobody) await texts.record(key, sha256);
      return callServer(server, { name: told.name, input: input as JsonObject }, context);
    },
  };
}

/** The words of an ask: with the text that a yes is for. */
function describe(
  server: string,
  { name, description }: ServerTool,
  { isSeen, isChanged }: { isSeen: boolean; isChanged: boolean },
): string {
  const what = `Using the tool ${name} of the MCP server ${server}`;
  if (isSeen) return what;
  const why = isChanged ? "what it says of itself has changed, and is now" : "it says of itself";
  return `${what} (${why}: ${JSON.stringify(description.slice(0, 1_000))})`;
}

function toWithheld(server: string, tool: string): string {
  return (
    `Tool ${tool} of the MCP server ${server}. What it says of itself is withheld until a person has seen it: ` +
    "the first call asks for leave."
  );
}

async function callServer(
  { name: server, link }: OpenServer,
  { name, input }: { name: string; input: JsonObject },
  context: DecidedContext,
): Promise<ToolOutcome> {
  try {
    const result = await link.call(name, input, context.signal);
    const text = await keepLongText(
      { name: `mcp-${server}-${name}.txt`, text: toResultText(result) },
      context,
    );
    const about = `The tool ${name} of the MCP server ${server} ${result.isError === true ? "failed" : "answered"}.`;
    const quoted = quoteForeign(text, about, `the MCP server ${server}`);
    return result.isError === true ? failed(quoted) : done(quoted);
  } catch (fault) {
    context.signal.throwIfAborted();
    const why = fault instanceof Error ? fault.message.slice(0, 1_500) : String(fault);
    return failed(
      quoteForeign(
        why,
        `The tool ${name} of the MCP server ${server} gave no result; it may have done something. It is ` +
          "connected again before your next step. Call it again if that does no harm, or go on without it.",
        `the MCP server ${server} or about it`,
      ),
    );
  }
}
