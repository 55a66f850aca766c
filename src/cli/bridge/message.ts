/** One JSON-RPC message; what is in it is the daemon's to judge. */
export interface Message {
  id?: string | number;
  method?: string;
  params?: Record<string, unknown>;
}

const versionKey = "io.modelcontextprotocol/protocolVersion";

/** A line as a message; undefined for what is none. */
export function parseMessage(line: string): Message | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The version that a message itself says it is of, as those of 2026 do; undefined for older ones. */
export function findVersion({ params }: Message): string | undefined {
  const meta = params?.["_meta"];
  const version = isRecord(meta) ? meta[versionKey] : undefined;
  return typeof version === "string" ? version : undefined;
}

/** What the HTTP form of the protocol wants said in headers: method, and the name of a tool, prompt or resource. */
export function toRoutingHeaders(message: Message): Record<string, string> {
  if (message.method === undefined) return {};
  const name = message.params?.["name"] ?? message.params?.["uri"] ?? message.params?.["taskId"];
  return {
    "mcp-method": message.method,
    ...(typeof name === "string" && named.has(message.method) ? { "mcp-name": toHeader(name) } : {}),
  };
}

const named = new Set(["tools/call", "prompts/get", "resources/read", "tasks/get", "tasks/cancel"]);

/** As the protocol encodes what a header cannot carry as it is. */
function toHeader(text: string): string {
  if (/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text) && !text.startsWith("=?base64?")) return text;
  return `=?base64?${Buffer.from(text).toString("base64")}?=`;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
