import { parseBudgetSettings } from "../config/budget-settings.ts";
import type { Env } from "../config/environment.ts";
import { type PoolSettings, defaultPool, parsePoolSettings } from "../config/pool-settings.ts";
import { type RateLimits, parseRateLimits } from "../config/rate-limits.ts";
import type { GreetView } from "../contract/daemon-operations.ts";
import { type Budget, type PeriodLimits, noLimits } from "../core/budget.ts";
import { toDurationText } from "../core/duration.ts";
import { toUsdString } from "../core/money.ts";
import type { OperationParts } from "./parts.ts";

/**
 * Takes a client's shell in, and the user's file if it has changed: pool, rates and budgets apply at once and are said; keys stay in memory. A
 * wrong value is refused before anything is taken over.
 */
export async function greetDaemon(parts: OperationParts, greeting: { env: Env }): Promise<GreetView> {
  const { pool, rates, engineParts } = parts;
  const brought = parts.config.takeIn(greeting.env);
  const { env, renewed, notes } = brought;
  const poolBefore = pool.get();
  const ratesBefore = rates.get();
  const limitsBefore = engineParts.ledger.settings();
  const poolAfter = parsePoolSettings(env, renewed.has("pool") ? defaultPool : poolBefore);
  const ratesAfter = parseRateLimits(env, renewed.has("rates") ? new Map() : ratesBefore);
  const limitsAfter = parseBudgetSettings(env, renewed.has("budgets") ? noLimits : limitsBefore);

  const poolChanges = tellPool(poolBefore, poolAfter);
  const rateChanges = tellRates(ratesBefore, ratesAfter);
  if (poolChanges.length + notes.length > 0) pool.set(poolAfter);
  if (rateChanges.length > 0) rates.set(ratesAfter);
  const isOtherShell = takeShell(parts, greeting.env);
  const hasOtherKeys = brought.commit().length > 0;
  if (hasOtherKeys) parts.engine.credentialsChanged();
  const limitChanges = await changeLimits(parts, limitsBefore, limitsAfter);
  const fault = parts.config.fault();
  const changes = [...notes, ...poolChanges, ...rateChanges, ...limitChanges];
  return {
    version: parts.daemon.version,
    changes: fault === null ? changes : [...changes, fault],
    is_news: isOtherShell || hasOtherKeys || changes.length > 0,
  };
}

/** True if it was another one. */
function takeShell({ shellPath }: OperationParts, { PATH: path }: Env): boolean {
  if (path === undefined || path === shellPath.get()) return false;
  shellPath.set(path);
  return true;
}

function tellPool(before: PoolSettings, after: PoolSettings): string[] {
  const changes: string[] = [];
  if (before.mode !== after.mode) changes.push(`mode ${after.mode} (was ${before.mode})`);
  if (before.maxConcurrent !== after.maxConcurrent) {
    changes.push(`at most ${after.maxConcurrent} sessions at once (was ${before.maxConcurrent})`);
  }
  if (before.timeoutMs !== after.timeoutMs) {
    changes.push(
      `a session may run ${toDurationText(after.timeoutMs)} (was ${toDurationText(before.timeoutMs)})`,
    );
  }
  return changes;
}

function tellRates(before: RateLimits, after: RateLimits): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((provider) =>
    (["requests", "tokens"] as const).flatMap((unit) => {
      const was = before.get(provider)?.[unit];
      const now = after.get(provider)?.[unit];
      if (now === was) return [];
      return [`${provider}: ${now ?? "no limit of"} ${unit} a minute (was ${was ?? "no limit"})`];
    }),
  );
}

async function changeLimits(
  parts: OperationParts,
  before: PeriodLimits,
  after: PeriodLimits,
): Promise<string[]> {
  const changed = (["day", "month"] as const).filter(
    (period) => toLimitText(before[period]) !== toLimitText(after[period]),
  );
  if (changed.length === 0) return [];
  const byHand = await parts.engineParts.ledger.changeSettings(after);
  return changed.map((period) => {
    const text = `at most ${toLimitText(after[period])} a ${period} (was ${toLimitText(before[period])})`;
    return byHand.includes(period)
      ? `${text}: not applied, what "profclaw cost limits set" said holds`
      : text;
  });
}

function toLimitText({ microUsd, tokens }: Budget): string {
  const texts = [
    microUsd === null ? [] : [`$${toUsdString(microUsd)}`],
    tokens === null ? [] : [`${tokens} tokens`],
  ].flat();
  return texts.length === 0 ? "no limit" : texts.join(" and ");
}
