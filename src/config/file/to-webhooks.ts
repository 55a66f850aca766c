import { type WebhookTarget, webhookEvents } from "../../core/webhook.ts";
import type { ConfigValues } from "./config-schema.ts";

/** The `webhooks:` of a person's configuration; what a person writes may be a private address. */
export function toWebhooks({ webhooks }: ConfigValues): WebhookTarget[] {
  return (webhooks ?? []).map(({ url, secret, events }) => ({
    url,
    secret,
    events: events === undefined ? null : webhookEvents.filter((event) => events.includes(event)),
    mayBePrivate: true,
  }));
}
