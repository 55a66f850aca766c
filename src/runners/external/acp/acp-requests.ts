import type { SessionRecord } from "../../../core/session.ts";
import type { AgentNews } from "../driver.ts";
import { type JsonRecord, toRecord } from "../json-record.ts";
import { toRequestLine } from "../json-rpc.ts";
import type { UsageSpan } from "./acp-books.ts";
import type { AcpGiven } from "./acp-servers.ts";

/** What is known of an agent before it has said a word. */
export interface AcpTraits {
  /** As an error names it. */
  name: string;
  /** What `usage` in its answers counts. */
  span: UsageSpan;
  /** What to do where it has neither key nor login. */
  login: string;
}

/** What a session wants of a conversation with an agent that speaks ACP. */
export interface AcpWish {
  session: SessionRecord;
  /** What it is told first. */
  prompt: string;
  /** The conversation that is gone on with; null: it is a new one. */
  thread: string | null;
  /** Null: its own. */
  model: string | null;
  /** Where our MCP server answers over HTTP; null: nowhere. */
  mcpUrl: string | null;
  /** What carries MCP to us over stdio, for an agent that does not take HTTP. */
  bridge: readonly [string, ...string[]];
  /** The user's own MCP servers. */
  given: AcpGiven;
}

export const protocolVersion = 1;

export function toInitializeLine(): string {
  return toRequestLine("initialize", "initialize", {
    protocolVersion,
    // It has tools of its own for files and commands: through us, they would be no safer and a lot slower.
    clientCapabilities: { fs: { readTextFile: false, writeTextFile: false }, terminal: false },
    clientInfo: { name: "profclaw", title: "profclaw", version: "1" },
  });
}

/** How a conversation is taken up again by an agent of these abilities; null: not at all. */
export function findResumeMethod(abilities: JsonRecord): "session/resume" | "session/load" | null {
  if (toRecord(toRecord(abilities["sessionCapabilities"])?.["resume"]) !== null) return "session/resume";
  return abilities["loadSession"] === true ? "session/load" : null;
}

/** Servers of the user's that an agent of these abilities can not be given. */
export function findUntaken({ given }: AcpWish, abilities: JsonRecord): string[] {
  if (takesHttp(abilities)) return [];
  return given.servers.flatMap((server) => ("url" in server ? [server.name] : []));
}

function takesHttp(abilities: JsonRecord): boolean {
  return toRecord(abilities["mcpCapabilities"])?.["http"] === true;
}

/** Opens the conversation, with our MCP server and those that the session names. Our token is filled in where this is written. */
export function toOpenNews(wish: AcpWish, abilities: JsonRecord, resume: string | null): AgentNews {
  const { session, thread, given } = wish;
  const mcpServers = [...toOwnServer(wish, takesHttp(abilities)), ...given.servers];
  const params = { cwd: session.cwd, mcpServers };
  const text =
    resume === null
      ? toRequestLine("session", "session/new", params)
      : toRequestLine("session", resume, { sessionId: thread, ...params });
  return { kind: "write", id: "session", text, fill };
}

const fill = ["PROFCLAW_TOKEN", "PROFCLAW_HOME", "PROFCLAW_SESSION_ID"];

function toOwnServer({ mcpUrl, bridge }: AcpWish, isOverHttp: boolean): object[] {
  const name = "profclaw";
  if (isOverHttp) {
    const headers = [{ name: "Authorization", value: "Bearer {{PROFCLAW_TOKEN}}" }];
    return mcpUrl === null ? [] : [{ type: "http", name, url: mcpUrl, headers }];
  }
  const [command, ...args] = bridge;
  return [
    { name, command, args, env: fill.map((variable) => ({ name: variable, value: `{{${variable}}}` })) },
  ];
}

/** A prompt that is one, whatever it begins with: some agents take a slash or a dollar for a command of their own. */
export function toPromptLine(id: string, thread: string, text: string): string {
  const isCommand = /^\s*[/$!]/.test(text);
  const prompt = [{ type: "text", text: isCommand ? `This is to be done:\n${text}` : text }];
  return toRequestLine(id, "session/prompt", { sessionId: thread, prompt });
}
