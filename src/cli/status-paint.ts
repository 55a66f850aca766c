import type { Colors } from "./terminal.ts";

/** Green for done, red for trouble, yellow for waiting. */
export function paintStatus(colors: Colors, text: string, status: string): string {
  if (status === "completed") return colors.green(text);
  if (status === "failed" || status === "timed_out" || status === "interrupted") return colors.red(text);
  if (status === "waiting") return colors.yellow(text);
  if (status === "running") return colors.cyan(text);
  return colors.dim(text);
}
