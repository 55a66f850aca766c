import type { JournalEvent } from "../../core/journal.ts";
import type { MicroUsd } from "../../core/money.ts";
import type { SessionRecord } from "../../core/session.ts";
import type { Usage } from "../../core/usage.ts";
import type { Witness } from "../../engine/witness.ts";
import { type Counter, type MetricFamily, createCounter, createHistogram } from "./metric-family.ts";
import type { ModelLabels, ModelNames } from "./model-labels.ts";

/** What counts what sessions live through. */
export interface SessionMetrics {
  witness: Witness;
  families: MetricFamily[];
}

const commitBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
const callBounds = [0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60, 120, 300];

/** `isTool`: a model may call what does not exist, by any name. */
export function createSessionMetrics(names: ModelNames, isTool: (name: string) => boolean): SessionMetrics {
  const meters = createMeters();
  const count = (session: SessionRecord, event: JournalEvent): void => {
    if (event.type === "turn-end") countTurn(meters, names, { session, ...event });
    else if (event.type === "turn-fail") {
      const labels = names.find(session.provider, session.model);
      meters.calls.add({ ...labels, outcome: event.error.code });
    } else if (event.type === "tool-result") {
      const tool = isTool(event.tool) ? event.tool : "unknown";
      meters.tools.add({ tool, outcome: event.isError ? "error" : "ok" });
    } else if (event.type === "context-compact" && event.call !== null) {
      countPaid(meters, names.learn(session.provider, session.model), event.call);
    } else if (event.type === "approval-ask") meters.asks.add({});
    else if (event.type === "session-end") {
      meters.ended.add({ status: event.end.status, reason: event.end.reason });
    }
  };
  return {
    witness: {
      accepted: (sessions) => meters.accepted.add({}, sessions.length),
      recorded({ session, events, commitMs }) {
        meters.commits.observe(commitMs / 1000);
        for (const event of events) count(session, event);
      },
    },
    families: Object.values(meters),
  };
}

function createMeters() {
  const perModel = "by provider and model";
  return {
    accepted: counter("sessions_accepted", "Sessions that were taken in."),
    ended: counter("sessions_ended", "Sessions that ended, by status and reason."),
    turns: counter("turns", `Finished turns, ${perModel}.`),
    calls: counter("model_calls", `Model calls, ${perModel} and outcome: answered, or why not.`),
    tokens: counter(
      "tokens",
      `Tokens, ${perModel} and kind; input counts what the cache read and wrote too.`,
    ),
    cost: inUsd(counter("cost_usd", `What model calls cost, ${perModel}, USD.`)),
    unpriced: counter("unpriced_calls", `Answered calls whose cost is not known, ${perModel}.`),
    tools: counter("tool_calls", "Tool calls, by tool and outcome."),
    asks: counter("approvals_asked", "Calls that asked for a yes."),
    callSeconds: createHistogram(
      { name: "profclaw_model_call_seconds", help: "How long answered model calls took." },
      callBounds,
    ),
    commits: createHistogram(
      { name: "profclaw_store_commit_seconds", help: "How long a write of the journal took to be on disk." },
      commitBounds,
    ),
  };
}

function counter(name: string, help: string): Counter {
  return createCounter({ name: `profclaw_${name}_total`, help });
}

/** Adds whole micro-USD, so that no sum drifts, and tells USD. */
function inUsd(microUsd: Counter): Counter {
  return {
    ...microUsd,
    read: () => microUsd.read().map((sample) => ({ ...sample, value: sample.value / 1e6 })),
  };
}

type Meters = ReturnType<typeof createMeters>;

interface PaidCall {
  usage: Usage;
  costMicroUsd: MicroUsd | null;
  durationMs: number;
}

function countTurn(
  meters: Meters,
  names: ModelNames,
  turn: PaidCall & { session: Pick<SessionRecord, "provider" | "model"> },
): void {
  const labels = names.learn(turn.session.provider, turn.session.model);
  meters.turns.add(labels);
  countPaid(meters, labels, turn);
}

function countPaid(meters: Meters, labels: ModelLabels, { usage, costMicroUsd, durationMs }: PaidCall): void {
  meters.calls.add({ ...labels, outcome: "answered" });
  meters.tokens.add({ ...labels, kind: "input" }, usage.inputTokens);
  meters.tokens.add({ ...labels, kind: "output" }, usage.outputTokens);
  meters.tokens.add({ ...labels, kind: "cache_read" }, usage.cacheReadTokens);
  meters.tokens.add({ ...labels, kind: "cache_write" }, usage.cacheWriteTokens);
  meters.callSeconds.observe(durationMs / 1000);
  if (costMicroUsd === null) meters.unpriced.add(labels);
  else meters.cost.add(labels, costMicroUsd);
}
