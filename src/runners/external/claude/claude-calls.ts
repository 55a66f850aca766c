import type { AgentCall, AgentWish } from "../../../core/agent-call.ts";
import type { JsonValue } from "../../../core/json.ts";
import { type JsonRecord, toRecord } from "../json-record.ts";

/** What claude asks leave for, in the words of the levels. */
export function toClaudeCall(request: JsonRecord): AgentCall {
  const tool = toText(request["tool_name"]);
  const input = toRecord(request["input"]) ?? {};
  return {
    toolCallId: toText(request["tool_use_id"]),
    tool,
    input: input as JsonValue,
    wishes: wishesOf[tool]?.(input) ?? [{ kind: "rest", what: `Using ${tool}` }],
  };
}

/** True for reading what claude itself has put aside for this very session: long results, and what runs behind. */
export function isOwnRead({ tool, wishes }: AgentCall, session: { id: string; configDir: string }): boolean {
  const [wish] = wishes;
  if (tool !== "Read" || wish?.kind !== "read" || wish.path.split("/").includes("..")) return false;
  const roots = [`${session.configDir}/projects/`, "/tmp/claude-"];
  return roots.some((root) => wish.path.startsWith(root)) && wish.path.includes(`/${session.id}/`);
}

const wishesOf: Readonly<Record<string, (input: JsonRecord) => AgentWish[]>> = {
  Bash: ({ command }) => [{ kind: "command", command: toText(command) }],
  // A command whose lines are told as they come; or an address that is listened to.
  Monitor: ({ command, ws }) => [
    ...(typeof command === "string" ? [{ kind: "command" as const, command }] : []),
    ...(ws === undefined ? [] : [{ kind: "network" as const, url: toText(toRecord(ws)?.["url"]) }]),
  ],
  Read: ({ file_path }) => [{ kind: "read", path: toText(file_path) }],
  Grep: ({ path }) => [{ kind: "read", tool: "grep", path: toFolder(path) }],
  Glob: ({ path, pattern }) => [
    { kind: "read", tool: "glob", path: toSearched(toFolder(path), toText(pattern)) },
  ],
  Write: ({ file_path }) => [{ kind: "write", path: toText(file_path) }],
  Edit: ({ file_path }) => [{ kind: "write", tool: "edit_file", path: toText(file_path) }],
  NotebookEdit: ({ notebook_path }) => [{ kind: "write", tool: "edit_file", path: toText(notebook_path) }],
  WebFetch: ({ url }) => [{ kind: "network", url: toText(url) }],
};

function toFolder(path: unknown): string {
  return typeof path === "string" && path !== "" ? path : ".";
}

/** A pattern may lead out of the folder in which it is looked for: up to its first wildcard it is a path. */
function toSearched(folder: string, pattern: string): string {
  const fixed = pattern.split(/[*?[{]/, 1)[0] ?? "";
  const parent = fixed.slice(0, fixed.lastIndexOf("/") + 1);
  return parent.startsWith("/") ? parent : `${folder}/${parent}`;
}

function toText(value: unknown): string {
  return typeof value === "string" ? value : "";
}
