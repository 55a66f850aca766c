import { parseBudgetSettings } from "./budget-settings.ts";
import { parseDaemonSettings } from "./daemon-settings.ts";
import type { Env } from "./environment.ts";
import { parseFailpoints } from "./failpoints.ts";
import { parseLogSettings } from "./log-settings.ts";
import { parsePoolSettings } from "./pool-settings.ts";
import { parseRateLimits } from "./rate-limits.ts";
import { parseWebhookSettings } from "./webhook-settings.ts";

/** Throws config-invalid for the first wrong setting: before a daemon takes hold of anything. */
export function checkSettings(env: Env): void {
  parsePoolSettings(env);
  parseBudgetSettings(env);
  parseRateLimits(env);
  parseWebhookSettings(env);
  parseDaemonSettings(env);
  parseLogSettings(env);
  parseFailpoints(env);
}
