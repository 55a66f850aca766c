import type { CostView, LimitsView } from "../contract/shapes.ts";
import { isLimited } from "../core/budget.ts";
import type { CostGroup } from "../core/cost-group.ts";
import { toUsdString } from "../core/money.ts";
import { addUsage, noUsage } from "../core/usage.ts";
import { ProfclawError } from "../core/errors.ts";
import type { CostRow } from "../store/costs.ts";
import { toLimitsView } from "./cost-limits.ts";
import { pageOf } from "./page-of.ts";
import type { OperationParts } from "./parts.ts";
import { toCostRowView, toTimeText, toUsageView } from "./views.ts";

interface CostInput {
  from?: string | undefined;
  to?: string | undefined;
  group_by: CostGroup;
  utc_offset_minutes?: number | undefined;
  cursor?: string | undefined;
  limit: number;
}

/** What was spent between two moments; without them, ever. Every call is in the sums once. */
export async function getCost(parts: OperationParts, input: CostInput): Promise<CostView> {
  const from = input.from === undefined ? 0 : Date.parse(input.from);
  const to = input.to === undefined ? parts.clock.now() + 1 : Date.parse(input.to);
  if (from > to) {
    throw new ProfclawError(
      "invalid-request",
      `"from" (${input.from ?? ""}) is after "to" (${toTimeText(to)}).`,
      {
        pointer: "from",
        hint: "Swap them.",
      },
    );
  }
  const utcOffsetMinutes = input.utc_offset_minutes ?? -new Date(parts.clock.now()).getTimezoneOffset();
  const list = (groupBy: CostGroup): Promise<CostRow[]> =>
    parts.engineParts.store.listCosts({
      from,
      // Without an end everything counts, also what was booked before the clock was set back.
      to: input.to === undefined ? Number.MAX_SAFE_INTEGER : to,
      groupBy,
      utcOffsetMinutes,
    });
  // A call with two labels is in two rows.
  const [rows, disjoint] = await Promise.all([
    list(input.group_by),
    input.group_by === "label" ? list("provider") : undefined,
  ]);
  const parcels = disjoint ?? rows;
  const { cursor, limit } = input;
  const keyOf = toOrder(input.group_by);
  const page = pageOf(rows, { cursor, limit, keyOf });
  const sum = (pick: (row: CostRow) => number): number =>
    parcels.reduce((total, row) => total + pick(row), 0);
  return {
    from: toTimeText(from),
    to: toTimeText(to),
    cost_usd: toUsdString(sum((row) => row.costMicroUsd)),
    unpriced_calls: sum((row) => row.unpricedCalls),
    possibly_billed_calls: sum((row) => row.possiblyBilledCalls),
    calls: sum((row) => row.calls),
    usage: toUsageView(parcels.reduce((total, row) => addUsage(total, row.usage), noUsage)),
    budget: await readBudget(parts),
    rows: page.items.map(toCostRowView),
    next_cursor: page.nextCursor,
  };
}

function toOrder(group: CostGroup): (row: CostRow) => (string | number)[] {
  if (group === "day") return ({ key }) => [key];
  return ({ costMicroUsd, key }) => [-costMicroUsd, key];
}

async function readBudget(parts: OperationParts): Promise<LimitsView | null> {
  const { day, month } = (await parts.engineParts.ledger.openBook()).periods();
  return isLimited(day.budget) || isLimited(month.budget) ? toLimitsView({ day, month }) : null;
}
