import { createHash } from "node:crypto";
import type { CallToolResult } from "@modelcontextprotocol/client";
import type { JsonObject, JsonValue } from "../../core/json.ts";
import type { ServerTool } from "./connect-server.ts";

/** `mcp__server__tool`, in the characters and length that every provider takes. */
export function toToolName(server: string, tool: string): string {
  const name = `mcp__${server}__${tool.replaceAll(/[^A-Za-z0-9_-]/g, "_")}`;
  if (name.length <= 64 && name.endsWith(`__${tool}`)) return name;
  return `${name.slice(0, 55)}_${createHash("sha256").update(tool).digest("hex").slice(0, 8)}`;
}

/** SHA-256 of all that a tool says of itself. */
export function hashText({ name, description, inputSchema }: ServerTool): string {
  return createHash("sha256")
    .update(JSON.stringify([name, description, inputSchema]))
    .digest("hex");
}

const words = new Set(["description", "title", "examples", "default", "$comment", "markdownDescription"]);

/** A schema without its prose: names and types alone. */
export function withoutWords(schema: JsonObject): JsonObject {
  const kept: JsonObject = {};
  for (const [key, value] of Object.entries(schema)) {
    if (words.has(key)) continue;
    kept[key] = key === "properties" || key === "$defs" ? mapEach(value) : strip(value);
  }
  return kept;
}

/** A property may be called like a keyword. */
function mapEach(value: JsonValue): JsonValue {
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, schema]) => [name, strip(schema)]));
}

function strip(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(strip);
  return isObject(value) ? withoutWords(value) : value;
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a call came to, as text: what is not text is named. */
export function toResultText({ content, structuredContent }: CallToolResult): string {
  const texts = content.map((block) => {
    switch (block.type) {
      case "text":
        return block.text;
      case "image":
      case "audio":
        return `[${block.type} ${block.mimeType}, ${block.data.length} characters of base64: not shown]`;
      case "resource_link":
        return `[resource ${block.uri}]`;
      case "resource":
        return "text" in block.resource ? block.resource.text : `[resource ${block.resource.uri}: not text]`;
    }
  });
  const isBare = texts.every((text) => text.trim() === "") && structuredContent !== undefined;
  return isBare ? JSON.stringify(structuredContent) : texts.join("\n");
}
