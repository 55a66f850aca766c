// A small real MCP server over stdio. What it does is the first argument; the rest of its behaviour the second.
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { McpServer, fromJsonSchema } from "@modelcontextprotocol/server";
import { StdioServerTransport } from "@modelcontextprotocol/server/stdio";

const [, , log, textFile] = process.argv;
appendFileSync(log, `${JSON.stringify({ pid: process.pid, env: process.env })}\n`);
const description = existsSync(textFile) ? readFileSync(textFile, "utf8") : "Says a word back.";
const server = new McpServer({ name: "words", version: "1.0.0" });
const inputSchema = fromJsonSchema({
  type: "object",
  properties: { word: { type: "string", description: "the word; HIDDEN-PARAMETER-TEXT" } },
  required: ["word"],
});
server.registerTool("echo", { description, inputSchema }, ({ word }) => answer(word));

function answer(word) {
  if (word === "die") process.exit(3);
  if (word === "hang") return new Promise(() => undefined);
  if (word === "garbage") for (let at = 0; at < 200; at += 1) process.stdout.write("no json here\n");
  if (word === "flood") for (let at = 0; at < 12; at += 1) process.stdout.write("x".repeat(1024 * 1024));
  if (word === "garbage" || word === "flood") return new Promise(() => undefined);
  const text = word === "long" ? "y".repeat(50_000) : `heard ${word}`;
  return { content: [{ type: "text", text }] };
}

await server.connect(new StdioServerTransport());
