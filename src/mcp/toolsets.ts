/** What a user's own agent gets: at most 16, since every one of them stands in its context. */
const defaultSet = [
  "spawn",
  "wait",
  "tasks",
  "task_logs",
  "task_kill",
  "inbox",
  "broadcast",
  "whisper",
  "ask",
  "respond",
  "peers",
  "distill",
  "vote_distill",
  "consolidate",
  "search_via_parent",
  "pickup_candidates",
] as const;

/** What a session's process gets: at most ten. */
const childSet = [
  "spawn",
  "wait",
  "inbox",
  "broadcast",
  "whisper",
  "ask",
  "respond",
  "distill",
  "vote_distill",
  "search_via_parent",
] as const;

/** Nothing in it starts, stops or writes. */
const readSet = ["wait", "tasks", "task_logs", "inbox", "peers", "search_via_parent"] as const;

/** Names under which other programs have the same tools. */
const aliasNames = ["sessions_spawn", "sessions_list", "sessions_send", "session_status"] as const;

/** For work in phases; beside the default one. */
const flowSet = ["run_flow", "flow_status", "flow_cancel", "task_logs"] as const;

/** The tools of each set, in the order in which clients list them. */
export const toolsets = {
  default: defaultSet,
  child: childSet,
  read: readSet,
  flows: flowSet,
  aliases: aliasNames,
} as const satisfies Record<string, readonly string[]>;

export type ToolsetName = keyof typeof toolsets;

/** "default,aliases" as names of sets, and the first word that is none. */
export function parseToolsets(text: string): { sets: ToolsetName[]; unknown: string | null } {
  const words = text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
  return { sets: words.filter(isToolset), unknown: words.find((word) => !isToolset(word)) ?? null };
}

function isToolset(text: string): text is ToolsetName {
  return Object.hasOwn(toolsets, text);
}
