import { ProfclawError } from "../core/errors.ts";
import { isWebhookSecret, isWebhookUrl, type WebhookTarget, webhookEvents } from "../core/webhook.ts";
import type { Env } from "./environment.ts";

/** `PROFCLAW_WEBHOOK_URL`, `_SECRET` and `_EVENTS`: the daemon's own webhook. Throws config-invalid. */
export function parseWebhookSettings(env: Env): WebhookTarget[] {
  const url = env["PROFCLAW_WEBHOOK_URL"] ?? "";
  const secret = env["PROFCLAW_WEBHOOK_SECRET"] ?? "";
  if (url === "" && secret === "") return [];
  if (!isWebhookUrl(url)) {
    refuse(
      "PROFCLAW_WEBHOOK_URL must be an http(s) URL without user and password.",
      "https://example.com/hook",
    );
  }
  if (!isWebhookSecret(secret)) {
    refuse(
      "PROFCLAW_WEBHOOK_SECRET must be whsec_ and 24 bytes or more in base64.",
      'PROFCLAW_WEBHOOK_SECRET="whsec_$(head -c 32 /dev/urandom | base64)"',
    );
  }
  return [{ url, secret, events: parseEvents(env["PROFCLAW_WEBHOOK_EVENTS"] ?? ""), mayBePrivate: true }];
}

function parseEvents(text: string): WebhookTarget["events"] {
  const names = text.split(",").map((name) => name.trim());
  if (text.trim() === "") return null;
  const unknown = names.find((name) => !webhookEvents.some((event) => event === name));
  if (unknown !== undefined) {
    refuse(
      `PROFCLAW_WEBHOOK_EVENTS has ${JSON.stringify(unknown)}; there are ${webhookEvents.join(", ")}.`,
      "batch.ended",
    );
  }
  return webhookEvents.filter((event) => names.includes(event));
}

function refuse(detail: string, example: string): never {
  throw new ProfclawError("config-invalid", detail, { hint: `For example: ${example}` });
}
