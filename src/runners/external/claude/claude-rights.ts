import { ProfclawError } from "../../../core/errors.ts";
import type { Grants } from "../../../core/grants.ts";
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

/** What it may use without asking. Claude runs commands that only read by its own list besides. */
const readers = ["Read", "Grep", "Glob", "TodoWrite"];
const writers = ["Write", "Edit", "NotebookEdit"];
const commands = ["Bash", "BashOutput", "KillShell"];
const network = ["WebFetch", "WebSearch"];

/** Flags by which claude holds to a session's rights. A headless one asks nobody: what is not allowed is refused. */
export function toRightsFlags(session: Pick<SessionRecord, "grants" | "tools" | "toolsNamed">): string[] {
  const { grants, tools, toolsNamed } = session;
  const named = toolsNamed ? [...new Set(tools.map(toClaudeTool))] : null;
  const allowed = toAllowed(grants).filter((tool) => named?.includes(tool) ?? true);
  return [
    "--permission-mode",
    "dontAsk",
    ...(named === null ? [] : ["--tools", named.join(",")]),
    // Ours never ask in a child: what they may do is judged by its token.
    "--allowedTools",
    [...allowed, "mcp__profclaw"].join(","),
    ...(grants.bash === "no" ? ["--disallowedTools", "Bash"] : []),
  ];
}

function toAllowed({ writes, bash, network: net, rest }: Grants): string[] {
  return [
    ...readers,
    ...(writes === "yes" ? writers : []),
    ...(bash === "yes" ? commands : []),
    ...(net === "yes" ? network : []),
    ...(rest === "yes" ? ["Task", "Agent", "Skill"] : []),
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
