import type { JournalEvent } from "../../core/journal.ts";
import type { MicroUsd } from "../../core/money.ts";
import type { SessionEnd, SessionRecord } from "../../core/session.ts";
import type { Usage } from "../../core/usage.ts";
import type { BatchSummary } from "../../store/store.ts";
import { names, operations, toProviderName } from "./gen-ai-names.ts";
import type { SpanAttributes } from "./span-sink.ts";

/* Ids, codes and numbers: no span holds a task, or what a model or a tool said. */

export function describeSession(session: SessionRecord, end: SessionEnd): SpanAttributes {
  return {
    ...describeModel(session),
    [names.operation]: operations.session,
    [names.agentName]: session.role ?? session.agent,
    ...(session.role === null ? {} : { [names.role]: session.role }),
    [names.status]: end.status,
    [names.reason]: end.reason,
    [names.turns]: session.turns,
    ...describeUsage(session.usage),
    ...(session.unpricedCalls > 0 ? {} : describeCost(session.costMicroUsd)),
    ...(end.status === "completed" ? {} : { [names.errorType]: end.error.code }),
  };
}

export function describeChat(session: SessionRecord, turn: number): SpanAttributes {
  return { ...describeModel(session), [names.operation]: operations.chat, [names.turn]: turn };
}

export function describeAnswer(
  answer: Pick<Extract<JournalEvent, { type: "turn-end" }>, "usage" | "costMicroUsd">,
  finish: string,
): SpanAttributes {
  return {
    [names.finishReasons]: [finish],
    ...describeUsage(answer.usage),
    ...(answer.costMicroUsd === null ? {} : describeCost(answer.costMicroUsd)),
  };
}

export function describeTool(session: SessionRecord, toolCallId: string, tool: string): SpanAttributes {
  return {
    ...describeIds(session),
    [names.operation]: operations.tool,
    [names.toolName]: tool,
    [names.toolCallId]: toolCallId,
    [names.toolType]: "function",
  };
}

export function describeBatch({ id, counts }: BatchSummary): SpanAttributes {
  const sessions = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return { [names.operation]: operations.batch, [names.batchId]: id, [names.batchSessions]: sessions };
}

function describeModel(session: SessionRecord): SpanAttributes {
  const { provider, model } = session;
  return {
    ...describeIds(session),
    [names.provider]: toProviderName(provider),
    [names.requestModel]: model,
  };
}

function describeIds({ id, batchId }: SessionRecord): SpanAttributes {
  return { [names.conversation]: id, [names.sessionId]: id, [names.batchId]: batchId };
}

function describeUsage(usage: Usage): SpanAttributes {
  return {
    [names.inputTokens]: usage.inputTokens,
    [names.outputTokens]: usage.outputTokens,
    [names.cacheReadTokens]: usage.cacheReadTokens,
    [names.cacheWriteTokens]: usage.cacheWriteTokens,
  };
}

function describeCost(costMicroUsd: MicroUsd): SpanAttributes {
  return { [names.costUsd]: costMicroUsd / 1e6 };
}
