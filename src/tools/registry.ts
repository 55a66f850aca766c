import { z } from "zod";
import { ProfclawError } from "../core/errors.ts";
import type { JsonObject } from "../core/json.ts";
import { findNearest } from "../core/nearest.ts";
import { askTool } from "./ask.ts";
import { bashTool } from "./bash.ts";
import { broadcastTool } from "./broadcast.ts";
import { consolidateTool } from "./consolidate.ts";
import { distillTool } from "./distill.ts";
import { editFileTool } from "./edit-file.ts";
import { fetchUrlTool } from "./fetch-url.ts";
import { globTool } from "./glob.ts";
import { grepTool } from "./grep.ts";
import { inboxTool } from "./inbox.ts";
import { listDirTool } from "./list-dir.ts";
import { peersTool } from "./peers.ts";
import { readFileTool } from "./read-file.ts";
import { searchViaParentTool } from "./search-via-parent.ts";
import { respondTool } from "./respond.ts";
import { sessionStatusTool } from "./session-status.ts";
import { sessionsSpawnTool } from "./sessions-spawn.ts";
import { testRunTool } from "./test-run.ts";
import { todoTool } from "./todo.ts";
import type { Tool } from "./tool.ts";
import { voteDistillTool } from "./vote-distill.ts";
import { waitTool } from "./wait.ts";
import { sessionsSendTool, whisperTool } from "./whisper.ts";
import { writeFileTool } from "./write-file.ts";

/** The tools there are. */
export interface ToolRegistry {
  list(): readonly Tool[];
  /** Undefined for a name that no tool has. */
  find(name: string): Tool | undefined;
  /** Throws unknown-tool with the nearest names. */
  get(name: string): Tool;
}

/** A tool as a model's request shows it. */
export interface ToolDeclaration {
  name: string;
  description: string;
  inputSchema: JsonObject;
}

const shippedTools: readonly Tool[] = [
  readFileTool,
  listDirTool,
  globTool,
  grepTool,
  writeFileTool,
  editFileTool,
  bashTool,
  testRunTool,
  fetchUrlTool,
  todoTool,
  sessionsSpawnTool,
  sessionsSendTool,
  sessionStatusTool,
  searchViaParentTool,
  distillTool,
  voteDistillTool,
  consolidateTool,
  waitTool,
  inboxTool,
  whisperTool,
  broadcastTool,
  askTool,
  respondTool,
  peersTool,
];

/** Every shipped tool under its name; tests may pass their own. */
export function createToolRegistry(tools: readonly Tool[] = shippedTools): ToolRegistry {
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  return {
    list: () => tools,
    find: (name) => byName.get(name),
    get(name) {
      const tool = byName.get(name);
      if (tool === undefined) throw toUnknownTool(name, [...byName.keys()]);
      return tool;
    },
  };
}

/** Made once a tool: projecting a schema costs more than all else that a turn needs. */
const declarations = new WeakMap<Tool, ToolDeclaration>();

/** What goes on the wire for a tool: its JSON Schema without what no provider needs. */
export function toToolDeclaration(tool: Tool): ToolDeclaration {
  const made = declarations.get(tool);
  if (made !== undefined) return made;
  const schema = tool.schema ?? (z.toJSONSchema(tool.input, { io: "input" }) as JsonObject);
  const { name, description } = tool;
  const declaration = { name, description, inputSchema: tool.schema ?? toPlainSchema(schema) };
  declarations.set(tool, declaration);
  return declaration;
}

function toUnknownTool(name: string, known: string[]): ProfclawError {
  const nearest = findNearest(name, known);
  const guess = nearest.length === 0 ? "" : ` Did you mean ${nearest.join(" or ")}?`;
  return new ProfclawError("unknown-tool", `No tool is called ${JSON.stringify(name)}.${guess}`, {
    pointer: "/tools",
    hint: `Use any of ${known.join(", ")}.`,
  });
}

/** zod says the safe integer range of every integer and the dialect of every schema; a model needs neither. */
function toPlainSchema(schema: JsonObject): JsonObject {
  const plain: JsonObject = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === "$schema" || key === "additionalProperties") continue;
    if (key === "maximum" && value === Number.MAX_SAFE_INTEGER) continue;
    plain[key] = key === "properties" ? toPlainProperties(value) : toPlainValue(value);
  }
  return plain;
}

/** Properties are named by us: one may be called like a keyword. */
function toPlainProperties(value: JsonObject[string]): JsonObject[string] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value ?? null;
  return Object.fromEntries(Object.entries(value).map(([name, schema]) => [name, toPlainValue(schema)]));
}

function toPlainValue(value: JsonObject[string]): JsonObject[string] {
  if (Array.isArray(value)) return value.map(toPlainValue);
  return typeof value === "object" && value !== null ? toPlainSchema(value) : (value ?? null);
}
