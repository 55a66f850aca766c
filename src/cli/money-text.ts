/** Decimal USD off the wire for people: "$0.0123", "<$0.0001", "unpriced" where a price is unknown. */
export function toCostText(usd: string | null): string {
  if (usd === null) return "unpriced";
  const value = Number(usd);
  if (value > 0 && value < 0.0001) return "<$0.0001";
  return `$${value.toFixed(value !== 0 && value < 1 ? 4 : 2)}`;
}
