import { ProfclawError } from "../../../core/errors.ts";
import type { SessionRecord } from "../../../core/session.ts";

/** Our tools, and what claude calls its own of that kind. */
const toolNames: Readonly<Record<string, string>> = {
  read_file: "Read",
  grep: "Grep",
  glob: "Glob",
  write_file: "Write",
  edit_file: "Edit",
  bash: "Bash",
  fetch_url: "WebFetch",
  todo: "TodoWrite",
};

/** They want a person at the terminal, a folder of their own, or to be there when the run is over. */
const unfit = [
  "AskUserQuestion",
  "EnterPlanMode",
  "ExitPlanMode",
  "EnterWorktree",
  "ExitWorktree",
  "CronCreate",
  "ScheduleWakeup",
];

/** By the column that bounds them. */
const bounded: Readonly<Record<"reads" | "writes" | "bash" | "network" | "rest", readonly string[]>> = {
  reads: ["Read", "Grep", "Glob"],
  writes: ["Write", "Edit", "NotebookEdit"],
  bash: ["Bash", "Monitor"],
  network: ["WebFetch"],
  rest: [
    "WebSearch",
    "Task",
    "Agent",
    "Workflow",
    "Skill",
    // They list all claude sessions of this user, and write to them, past our mailbox.
    "ListAgents",
    "SendMessage",
    // Of servers that are the user's, as a call of their tools.
    "ReadMcpResourceTool",
    "ReadMcpResourceDirTool",
  ],
};

/**
 * Flags by which claude holds to a session's rights: it asks its host for leave for every call that does
 * something, also where it would not, and a tool that could only be refused is not offered.
 */
export function toRightsFlags(session: Pick<SessionRecord, "grants" | "tools" | "toolsNamed">): string[] {
  const { grants, tools, toolsNamed } = session;
  const named = [...new Set(toolsNamed ? tools.map(toClaudeTool) : [])];
  const columns = Object.keys(bounded) as (keyof typeof bounded)[];
  const closed = columns.flatMap((column) => (grants[column] === "no" ? bounded[column] : []));
  const ask = columns.flatMap((column) => bounded[column]);
  return [
    "--permission-mode",
    "default",
    "--permission-prompt-tool",
    "stdio",
    "--settings",
    // What another claude session writes would be heard as a person's word.
    JSON.stringify({ permissions: { ask }, crossSessionInbound: "refuse" }),
    ...(toolsNamed ? ["--tools", named.join(",")] : []),
    // Ours never ask in a child: what they may do is judged by its token.
    "--allowedTools",
    "mcp__profclaw",
    "--disallowedTools",
    [...unfit, ...closed].join(","),
  ];
}

/** Throws agent-lacks for a tool that claude has nothing like. */
export function toClaudeTool(tool: string): string {
  const name = toolNames[tool];
  if (name !== undefined) return name;
  throw new ProfclawError("agent-lacks", `Agent claude has no tool like ${tool}.`, {
    pointer: "tools",
    hint: `It has: ${Object.keys(toolNames).join(", ")}.`,
  });
}
