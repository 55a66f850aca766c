import type { JsonValue } from "./json.ts";

/** What a call of somebody else's agent would do, in the words of the levels table. */
export type AgentWish =
  /** `cwd`: where it is not the session's folder. */
  | { kind: "command"; command: string; cwd?: string }
  /** Absolute, or seen from the session's folder. `tool`: ours that is most like it. */
  | { kind: "read"; path: string; tool?: "read_file" | "grep" | "glob" | "list_dir" }
  | { kind: "write"; path: string; tool?: "write_file" | "edit_file" }
  | { kind: "network"; url: string }
  /** What no column of the table is for. */
  | { kind: "rest"; what: string };

/** A tool call for which an agent of somebody else wants leave. */
export interface AgentCall {
  /** Of the call in its own words, as its turn names it. */
  toolCallId: string;
  /** The agent's own name of the tool. */
  tool: string;
  input: JsonValue;
  /** All that it would do; leave is for all of it together. Never empty. */
  wishes: readonly AgentWish[];
}

/** Where the agent's own ask is answered: its number in the agent's protocol, unlike any other of the run. */
export interface AskedAgentCall extends AgentCall {
  askId: string;
}
