import type { AgentCall, AgentWish } from "../../../core/agent-call.ts";
import type { JsonValue } from "../../../core/json.ts";
import { type JsonRecord, toRecord, toRecords } from "../json-record.ts";
import { toText } from "./acp-content.ts";
import { findServerTool } from "./acp-servers.ts";
import { toToolName } from "./acp-turns.ts";

/**
 * What an agent asks leave for, in the words of the levels. A kind that says too little is `rest`, and so is every tool
 * of the user's `servers`: what that does, its kind does not say.
 */
export function toAcpCall(call: JsonRecord, servers: readonly string[] = []): AgentCall {
  const input = toRecord(call["rawInput"]) ?? {};
  const isPlain = ["", "other"].includes(toText(call["kind"]));
  const ofServer = findServerTool(toToolName(call), { servers, isPlain });
  const tool = ofServer ?? toToolName(call);
  const wishes = ofServer !== null ? [] : toWishes(call, input);
  return {
    toolCallId: toText(call["toolCallId"]),
    tool,
    // All that is known of it: a person says yes to this, and to nothing else.
    input: toShown(call) as JsonValue,
    wishes: wishes.length > 0 ? wishes : [{ kind: "rest", what: `Using ${tool}` }],
  };
}

function toWishes(call: JsonRecord, input: JsonRecord): AgentWish[] {
  return wishesOf[toText(call["kind"])]?.(call, input) ?? [];
}

type Wishes = (call: JsonRecord, input: JsonRecord) => AgentWish[];

const write: Wishes = (call) => toPaths(call).map((path) => ({ kind: "write", tool: "edit_file", path }));

const wishesOf: Readonly<Record<string, Wishes>> = {
  execute: toCommand,
  edit: write,
  delete: write,
  move: write,
  read: (call) => toPaths(call).map((path) => ({ kind: "read", path })),
  search: (call) => toPaths(call).map((path) => ({ kind: "read", tool: "grep", path })),
  fetch: (_call, { url }) => (typeof url === "string" ? [{ kind: "network", url }] : []),
};

/** opencode names the command, gemini shows it as the title, and the folder in a text behind it. */
function toCommand(call: JsonRecord, input: JsonRecord): AgentWish[] {
  const command = toCommandText(input["command"]) ?? toText(call["title"]);
  if (command.trim() === "") return [];
  const cwd = toText(input["cwd"]) || toText(input["workdir"]) || findShownFolder(call);
  return [{ kind: "command", command, ...(cwd === "" ? {} : { cwd }) }];
}

function toCommandText(command: unknown): string | undefined {
  if (typeof command === "string") return command;
  if (!Array.isArray(command)) return undefined;
  return command.map((word) => `'${String(word).replaceAll("'", String.raw`'\''`)}'`).join(" ");
}

function findShownFolder({ content }: JsonRecord): string {
  const [first] = toRecords(content);
  const text = toText(toRecord(first?.["content"])?.["text"]);
  return /^\[in (.*?)\](?: \(| \[background\]|$)/.exec(text)?.[1] ?? "";
}

/** Every path that it names, also those of the changes that it shows. */
function toPaths({ locations, content, rawInput }: JsonRecord): string[] {
  const input = toRecord(rawInput) ?? {};
  const named = ["path", "file_path", "filePath", "filepath"].map((key) => input[key]);
  const shown = [...toRecords(locations), ...toRecords(content)].map(({ path }) => path);
  return [...new Set([...named, ...shown])].filter(
    (path) => typeof path === "string" && path !== "",
  ) as string[];
}

function toShown({ title, kind, rawInput, locations, content }: JsonRecord): JsonRecord {
  const all = { title, kind, rawInput, locations, content };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
