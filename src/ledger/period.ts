import type { PeriodLimits } from "../core/budget.ts";

export const periods = ["day", "month"] as const satisfies (keyof PeriodLimits)[];

export type Period = (typeof periods)[number];

/** The local day or month that a moment (ms) is in: "2026-11-21", "2026-11". */
export function toPeriodId(period: Period, ms: number): string {
  const date = new Date(ms);
  const month = `${date.getFullYear()}-${pad(date.getMonth() + 1)}`;
  return period === "month" ? month : `${month}-${pad(date.getDate())}`;
}

/** The local midnight at which that day or month began, ms. */
export function toPeriodStart(period: Period, ms: number): number {
  const date = new Date(ms);
  const day = period === "month" ? 1 : date.getDate();
  return new Date(date.getFullYear(), date.getMonth(), day).getTime();
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}
