import type { Stage } from "../e2e/stage.ts";

/** What came back: a result, or an error of the protocol. */
export interface MessageAnswer {
  status: number;
  result?: Record<string, unknown>;
  error?: { code: number; message: string; data?: Record<string, unknown> };
}

/** One message of 2026-07-28 as it is on the wire, its headers with it; `extensions` are those that the client declares. */
export async function postMessage(
  stage: Stage,
  message: { method: string; params?: Record<string, unknown>; extensions?: object; token?: string },
): Promise<MessageAnswer> {
  const { method, params = {}, extensions, token } = message;
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
    "io.modelcontextprotocol/clientCapabilities": extensions === undefined ? {} : { extensions },
  };
  const name = params["name"] ?? params["taskId"];
  const answer = await stage.rest("/mcp", {
    body: { jsonrpc: "2.0", id: 1, method, params: { ...params, _meta } },
    ...(token === undefined ? {} : { token }),
    headers: {
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": method,
      ...(typeof name === "string" ? { "mcp-name": name } : {}),
    },
  });
  const line = answer.text.split("\n").find((text) => text.startsWith("data: {")) ?? answer.text;
  return {
    status: answer.status,
    ...(JSON.parse(line.replace(/^data: /, "")) as Omit<MessageAnswer, "status">),
  };
}
