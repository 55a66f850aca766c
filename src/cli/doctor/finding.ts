import { toPlainText } from "../plain-text.ts";
import type { Colors } from "../terminal.ts";

/** `warn`: it works, but look at it. `fail`: sessions cannot run until it is put right. */
type FindingState = "ok" | "warn" | "fail";

/** What one look found. Never with a secret in it: keys are named, not shown. */
export interface Finding {
  check: string;
  state: FindingState;
  detail: string;
  /** What to type or to change; null where there is nothing to do. */
  fix: string | null;
}

/** All is well. */
export function toOk(check: string, detail: string): Finding {
  return { check, state: "ok", detail, fix: null };
}

/** It works, but not as it should, and what to do. */
export function toWarning(check: string, detail: string, fix: string): Finding {
  return { check, state: "warn", detail, fix };
}

/** Nothing runs until it is put right, and how. */
export function toFailure(check: string, detail: string, fix: string): Finding {
  return { check, state: "fail", detail, fix };
}

/** A finding as lines: state, name, what was found, and below it what to do. */
export function renderFinding(
  { check, state, detail, fix }: Finding,
  { width, colors }: { width: number; colors: Colors },
): string[] {
  const indent = " ".repeat(longestState + 2 + width + 2);
  const paint = { ok: colors.green, warn: colors.yellow, fail: colors.red }[state];
  const [first = "", ...rest] = toPlainText(detail).split("\n");
  const fixes = fix === null ? [] : toPlainText(fix).split("\n");
  return [
    `${paint(state.padEnd(longestState))}  ${check.padEnd(width)}  ${first}`,
    ...rest.map((line) => `${indent}${line}`),
    ...fixes.map((line) => `${indent}→ ${line}`),
  ];
}

const longestState = 4;
