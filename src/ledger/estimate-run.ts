import type { MicroUsd } from "../core/money.ts";
import type { Store } from "../store/store.ts";
import type { PriceAtMost } from "./budget-gate.ts";

/** What of a session its usual cost depends on. */
export interface PlannedSession {
  provider: string;
  model: string;
  task: string;
  maxTurns: number;
}

/** What a run will cost if it goes as usual; null if a model has no price. */
export interface RunEstimate {
  microUsd: MicroUsd | null;
  /** "history of 12 sessions", "rule of thumb". */
  basis: string;
}

export interface EstimateParts {
  store: Pick<Store, "listPastCosts">;
  priceAtMost: PriceAtMost;
}

/** A model's latest completed sessions; older ones were of other work. */
const historyLength = 20;

// A usual session without any history: a few turns over a few files.
const usual = { turns: 5, inputTokensPerTurn: 4_000, outputTokensPerTurn: 800, charactersPerToken: 4 };

/** The usual cost, not the worst case: from what like sessions cost, else by a rule of thumb. */
export async function estimateRun(
  parts: EstimateParts,
  sessions: readonly PlannedSession[],
): Promise<RunEstimate> {
  const groups = await Promise.all(groupByModel(sessions).map((group) => estimateGroup(parts, group)));
  const costs = groups.map(({ microUsd }) => microUsd);
  const total = costs.reduce<MicroUsd | null>(
    (sum, cost) => (sum === null || cost === null ? null : sum + cost),
    0,
  );
  return { microUsd: total, basis: toBasis(groups.map(({ past }) => past)) };
}

interface GroupEstimate {
  microUsd: MicroUsd | null;
  /** How many sessions it rests on; 0: none, a rule of thumb. */
  past: number;
}

async function estimateGroup(
  { store, priceAtMost }: EstimateParts,
  group: readonly [PlannedSession, ...PlannedSession[]],
): Promise<GroupEstimate> {
  const { provider, model } = group[0];
  const past = await store.listPastCosts({ provider, model, limit: historyLength });
  if (past.length > 0) {
    const mean = past.reduce((sum, cost) => sum + cost, 0) / past.length;
    return { microUsd: Math.ceil(mean * group.length), past: past.length };
  }
  const costs = await Promise.all(group.map((session) => priceAtMost(toUsualCall(session))));
  const total = costs.reduce<MicroUsd | null>(
    (sum, cost) => (sum === null || cost === null ? null : sum + cost),
    0,
  );
  return { microUsd: total, past: 0 };
}

function toUsualCall({ provider, model, task, maxTurns }: PlannedSession): Parameters<PriceAtMost>[0] {
  const turns = Math.min(maxTurns, usual.turns);
  const perTurn = usual.inputTokensPerTurn + Math.ceil(task.length / usual.charactersPerToken);
  return { provider, model, inputTokens: turns * perTurn, outputTokens: turns * usual.outputTokensPerTurn };
}

function groupByModel(sessions: readonly PlannedSession[]): [PlannedSession, ...PlannedSession[]][] {
  const groups = new Map<string, [PlannedSession, ...PlannedSession[]]>();
  for (const session of sessions) {
    const key = JSON.stringify([session.provider, session.model]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [session]);
    else group.push(session);
  }
  return [...groups.values()];
}

function toBasis(pasts: readonly number[]): string {
  const known = pasts.reduce((sum, past) => sum + past, 0);
  if (known === 0) return "rule of thumb";
  const history = `history of ${known} ${known === 1 ? "session" : "sessions"}`;
  return pasts.includes(0) ? `${history}, else rule of thumb` : history;
}
