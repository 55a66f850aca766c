import type {
  BatchView,
  BudgetView,
  CostView,
  JournalEntryView,
  SessionView,
  UsageView,
} from "../contract/shapes.ts";
import { type BudgetStanding, toLeft } from "../core/budget.ts";
import type { JournalEntry } from "../core/journal.ts";
import type { JsonValue } from "../core/json.ts";
import { toUsdString } from "../core/money.ts";
import { type SessionRecord, type SessionResult, toWaitEnd } from "../core/session.ts";
import type { Usage } from "../core/usage.ts";
import type { CostRow } from "../store/costs.ts";
import type { BatchSummary } from "../store/store.ts";

/* The one place where our words become the wire's: snake_case, decimal USD, RFC 3339. */

export function toUsageView(usage: Usage): UsageView {
  return {
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cache_read_tokens: usage.cacheReadTokens,
    cache_write_tokens: usage.cacheWriteTokens,
  };
}

export function toTimeText(ms: number): string {
  return new Date(ms).toISOString();
}

/** What is known of a session right now and stands in no row. */
export interface SessionNow {
  /** What it does. */
  activity: string | null;
  budget: BudgetStanding | null;
}

export function toSessionView(record: SessionRecord, { activity, budget }: SessionNow): SessionView {
  const { wait } = record;
  return {
    id: record.id,
    batch_id: record.batchId,
    parent_id: record.parentId ?? record.peerId ?? null,
    status: record.status,
    reason: record.reason ?? wait?.on ?? null,
    task: record.task,
    name: record.name,
    agent: record.agent,
    provider: record.provider,
    model: record.model,
    requested_model: record.requestedModel,
    role: record.role,
    project_notes: (record.projectNotes?.files ?? []).map(({ path, sizeBytes, truncated }) => ({
      path,
      size_bytes: sizeBytes,
      truncated,
    })),
    tools: record.tools,
    mcp_servers: record.mcpServers ?? [],
    permission_mode: record.permissionMode,
    cwd: record.cwd,
    worktree: toWorktreeView(record),
    depth: record.depth,
    labels: record.labels,
    ...toOriginView(record),
    created_at: toTimeText(record.createdAt),
    started_at: toOptionalTime(record.startedAt),
    ended_at: toOptionalTime(record.endedAt),
    waiting_until: toOptionalTime(wait === null ? null : toWaitEnd(wait)),
    approvals: toAskViews(record),
    activity,
    turns: record.turns,
    usage: toUsageView(record.usage),
    cost_usd: record.unpricedCalls > 0 ? null : toUsdString(record.costMicroUsd),
    budget: budget === null ? null : toBudgetView(budget),
    result: record.result === null ? null : toResultView(record.result),
    error: record.error,
    links: toSessionLinks(record),
  };
}

function toSessionLinks({ id, batchId }: SessionRecord): SessionView["links"] {
  const self = `/api/agents/sessions/${id}`;
  return {
    self,
    events: `${self}/events`,
    result: `${self}/result`,
    tree: `${self}/tree`,
    cancel: `${self}/cancel`,
    batch: `/api/batches/${batchId}`,
  };
}

function toWorktreeView({ worktree }: SessionRecord): SessionView["worktree"] {
  if (worktree === undefined) return null;
  const { folder, branch, base, origin } = worktree;
  return { folder, branch, base, origin };
}

function toOriginView({
  origin,
  resumes = 0,
}: SessionRecord): Pick<SessionView, "retry_of" | "forked_from" | "resumes"> {
  return {
    retry_of: origin?.kind === "retry" ? origin.sessionId : null,
    forked_from: origin?.kind === "fork" ? { id: origin.sessionId, turn: origin.turn } : null,
    resumes,
  };
}

function toAskViews({ id, wait }: SessionRecord): SessionView["approvals"] {
  if (wait?.on !== "approval") return [];
  return wait.asks.map(({ number, tool, what, untilMs }) => ({
    number,
    tool,
    what,
    until: toTimeText(untilMs),
    link: `/api/agents/sessions/${id}/approvals/${number}`,
  }));
}

export function toResultView(result: SessionResult): NonNullable<SessionView["result"]> {
  const { text, structured, truncated, artifacts } = result;
  return {
    text,
    ...(structured === undefined ? {} : { structured }),
    truncated,
    artifacts: artifacts.map(({ id, name, sizeBytes }) => ({ id, name, size_bytes: sizeBytes })),
  };
}

/** "failed" as soon as all have ended and one did not complete. */
export function toBatchView(batch: BatchSummary, budget: BudgetStanding | null): BatchView {
  const self = `/api/batches/${batch.id}`;
  return {
    id: batch.id,
    status: toBatchStatus(batch),
    counts: batch.counts,
    usage: toUsageView(batch.usage),
    cost_usd: batch.unpricedCalls > 0 ? null : toUsdString(batch.costMicroUsd),
    budget: budget === null ? null : toBudgetView(budget),
    synthesis: null,
    created_at: toTimeText(batch.createdAt),
    ended_at: toOptionalTime(batch.endedAt),
    links: {
      self,
      wait: `${self}/wait`,
      cancel: `${self}/cancel`,
      sessions: `/api/agents/sessions?batch=${batch.id}`,
    },
  };
}

export function toBudgetView(standing: BudgetStanding): BudgetView {
  const { budget, spent } = standing;
  const left = toLeft(standing);
  return {
    usd: toOptionalUsd(budget.microUsd),
    tokens: budget.tokens,
    spent_usd: toUsdString(spent.microUsd),
    spent_tokens: spent.tokens,
    left_usd: toOptionalUsd(left.microUsd),
    left_tokens: left.tokens,
  };
}

function toOptionalUsd(microUsd: number | null): string | null {
  return microUsd === null ? null : toUsdString(microUsd);
}

export function toJournalEntryView(entry: JournalEntry): JournalEntryView {
  const { type, ...data } = entry.event;
  return { seq: entry.seq, at: toTimeText(entry.at), type, data: data as JsonValue };
}

export function toCostRowView(row: CostRow): CostView["rows"][number] {
  return {
    key: row.key,
    sessions: row.sessions,
    calls: row.calls,
    unpriced_calls: row.unpricedCalls,
    usage: toUsageView(row.usage),
    cost_usd: toUsdString(row.costMicroUsd),
  };
}

function toBatchStatus({ counts, endedAt }: BatchSummary): BatchView["status"] {
  if (endedAt === null) return "running";
  const { failed, cancelled, timed_out: timedOut, interrupted } = counts;
  return failed + cancelled + timedOut + interrupted > 0 ? "failed" : "completed";
}

function toOptionalTime(ms: number | null): string | null {
  return ms === null ? null : toTimeText(ms);
}
