import type { SessionView } from "../../../src/contract/shapes.ts";

/** A session as the daemon tells it, with what a test wants different. */
export function sampleSession(changes: Partial<SessionView> = {}): SessionView {
  return {
    id: "1a2b3c4d-0000-4000-8000-000000000000",
    batch_id: "9f8e7d6c-0000-4000-8000-000000000000",
    parent_id: null,
    status: "running",
    reason: null,
    task: "Review the authentication module for security issues",
    name: null,
    agent: "builtin",
    provider: "anthropic",
    model: "claude-sonnet-4-6",
    requested_model: null,
    role: null,
    project_notes: [],
    tools: ["read_file"],
    mcp_servers: [],
    permission_mode: "auto",
    cwd: "/tmp",
    worktree: null,
    depth: 0,
    labels: {},
    retry_of: null,
    forked_from: null,
    resumes: 0,
    created_at: "2026-07-01T10:00:00.000Z",
    started_at: "2026-07-01T10:00:01.000Z",
    ended_at: null,
    waiting_until: null,
    approvals: [],
    activity: null,
    turns: 2,
    usage: { input_tokens: 10, output_tokens: 5, cache_read_tokens: 0, cache_write_tokens: 0 },
    cost_usd: "0.0123",
    budget: null,
    result: null,
    error: null,
    links: {},
    ...changes,
  };
}

/** An id whose first eight characters are given. */
export function sampleId(short: string): string {
  return `${short}-0000-4000-8000-000000000000`;
}

export const sampleNowMs = Date.parse("2026-07-01T10:00:05.000Z");
