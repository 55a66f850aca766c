/** Money is an integer of micro-USD everywhere inside; a decimal string of USD on the wire. */
export type MicroUsd = number;

/** USD as a decimal string, six places at most, at least two: 1_234_500 → "1.2345". */
export function toUsdString(microUsd: MicroUsd): string {
  const sign = microUsd < 0 ? "-" : "";
  const absolute = Math.abs(microUsd);
  const whole = Math.floor(absolute / 1e6);
  const fraction = String(absolute % 1e6).padStart(6, "0");
  return `${sign}${whole}.${fraction.slice(0, 2)}${fraction.slice(2).replace(/0+$/, "")}`;
}

/** Rounded up, so that a sum of costs never claims less than was spent. */
export function toMicroUsd(usd: number): MicroUsd {
  return Math.ceil(Math.round(usd * 1e9) / 1e3);
}

const mostUsd = 1_000_000;

/**
 * A budget in USD off the wire, as a decimal string or a number: above 0, at most 1,000,000, six decimals.
 * Undefined for anything else; exact, never by way of a fraction in binary.
 */
export function parseUsd(value: string | number): MicroUsd | undefined {
  const [, whole, fraction = ""] = /^(\d{1,7})(?:\.(\d{1,6}))?$/.exec(String(value)) ?? [];
  if (whole === undefined) return undefined;
  const microUsd = Number(whole) * 1e6 + Number(fraction.padEnd(6, "0"));
  return microUsd > 0 && microUsd <= mostUsd * 1e6 ? microUsd : undefined;
}
