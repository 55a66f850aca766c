import type { SessionRecord } from "../../../core/session.ts";

/** What holds a thread to its session's level: codex's own sandbox, in which commands run. */
export interface CodexRights {
  sandbox: "read-only" | "workspace-write" | "danger-full-access";
  approvalPolicy: "never" | "on-request";
}

/**
 * In the first two a command has no network, and writes nowhere, or in the workspace and the temporary folder. What it
 * wants beyond that it asks for, and the session's rules say what becomes of it.
 */
export function toCodexRights({
  grants: { writes, bash, network },
  mcpServers = [],
}: Pick<SessionRecord, "grants" | "mcpServers">): CodexRights {
  const isFull = bash === "yes" && network === "yes" && writes === "yes";
  if (isFull) return { sandbox: "danger-full-access", approvalPolicy: "never" };
  const sandbox = writes === "yes" ? "workspace-write" : "read-only";
  const asksNothing = bash === "no" && writes === "no" && mcpServers.length === 0;
  return { sandbox, approvalPolicy: asksNothing ? "never" : "on-request" };
}
