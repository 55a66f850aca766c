import { readUserConfig } from "../config/file/read-config.ts";
import { explainSettings } from "../config/file/setting-table.ts";
import { ProfclawError } from "../core/errors.ts";
import type { CliContext } from "./context.ts";
import { greetRunning } from "./daemon-link.ts";

/** Since when a setting that was just written counts, and how that is told. */
export interface SettingEffect {
  effect: "now" | "next-start" | "not-while-the-environment-says-otherwise";
  text: string;
}

// Read once, when the daemon starts to send them.
const atStartOnly = new Set(["webhooks"]);

/** Tells a running daemon of a setting that it can take over, and answers what has come of it. */
export async function bringIntoForce(key: string, context: CliContext): Promise<SettingEffect> {
  const { paths, env } = context;
  const isRunning = await tell(context);
  const standing = explainSettings(readUserConfig(paths.userConfig), env).find((one) => one.key === key);
  const [, variable] = /^environment (\w+)$/.exec(standing?.source ?? "") ?? [];
  if (variable !== undefined) {
    const text = `It does not count while ${variable} is set in the environment.`;
    return { effect: "not-while-the-environment-says-otherwise", text };
  }
  if (!isRunning) return { effect: "next-start", text: "No daemon runs: it counts from the next start." };
  if (!atStartOnly.has(key.split(".")[0] ?? "")) return { effect: "now", text: "The running daemon has it." };
  return {
    effect: "next-start",
    text: "It takes effect at the next start: profclaw down && profclaw up (sessions go on where they were).",
  };
}

async function tell(context: CliContext): Promise<boolean> {
  try {
    return await greetRunning(context);
  } catch (error) {
    // It ended while it was told.
    if (error instanceof ProfclawError && error.code === "daemon-unreachable") return false;
    throw error;
  }
}
