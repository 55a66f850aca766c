// No call costs as much; beyond it a number is nonsense and not a price.
const mostUsd = 10_000;

/**
 * What a call cost in USD by the provider's own word; undefined where it gives none. OpenRouter names it in
 * `usage.cost` of every answer; where the person's own key at the maker was used, that is its fee alone and
 * the maker's bill is `cost_details.upstream_inference_cost` (openrouter.ai/docs, "Usage Accounting").
 */
export function readReportedCost(provider: string, usage: object | undefined): number | undefined {
  if (provider !== "openrouter" || usage === undefined) return undefined;
  const fields: Record<string, unknown> = { ...usage };
  const fee = toUsd(fields["cost"]);
  if (fee === undefined || fields["is_byok"] !== true) return fee;
  const details: Record<string, unknown> = { ...Object(fields["cost_details"]) };
  const bill = toUsd(details["upstream_inference_cost"]);
  return bill === undefined ? undefined : fee + bill;
}

function toUsd(value: unknown): number | undefined {
  return typeof value === "number" && value >= 0 && value <= mostUsd ? value : undefined;
}
