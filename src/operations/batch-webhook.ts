import { isIP } from "node:net";
import type { Caller } from "../contract/implement.ts";
import type { WebhookInput } from "../contract/webhook-shape.ts";
import { ProfclawError } from "../core/errors.ts";
import type { WebhookTarget } from "../core/webhook.ts";
import { isPublicAddress } from "../sandbox/public-address.ts";

/**
 * A batch's own webhook. Whoever has no token may not have the daemon call what only this machine reaches;
 * a session may have it call nobody.
 */
export function toBatchWebhook(input: WebhookInput | undefined, caller: Caller): WebhookTarget | undefined {
  if (input === undefined) return undefined;
  const { url, secret, events = null } = input;
  if (caller.kind === "session") {
    throw new ProfclawError("policy-denied", "A session names no webhooks.", {
      pointer: "/webhook",
      hint: "Results come to it by themselves.",
    });
  }
  const mayBePrivate = caller.kind === "admin";
  if (!mayBePrivate && isInner(new URL(url).hostname)) {
    throw new ProfclawError("policy-denied", `${new URL(url).host} is not a public address.`, {
      pointer: "/webhook/url",
      hint: "With the admin token it may be any; see docs/webhooks.md.",
    });
  }
  return { url, secret, events, mayBePrivate };
}

/** What can be seen without asking a name server; the rest is seen when it is called. */
function isInner(hostname: string): boolean {
  const host = hostname.replaceAll(/^\[|\]$/g, "");
  if (isIP(host) !== 0) return !isPublicAddress(host);
  return host === "localhost" || host.endsWith(".localhost") || !host.includes(".");
}
