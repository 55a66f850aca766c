/** What a webhook can tell of. */
export const webhookEvents = [
  "session.completed",
  "session.failed",
  "session.cancelled",
  "session.timed_out",
  "session.interrupted",
  "batch.ended",
  "approval.asked",
] as const;

export type WebhookEvent = (typeof webhookEvents)[number];

/** Where events go, and how they are signed. */
export interface WebhookTarget {
  url: string;
  /** `whsec_` and the key in base64, as Standard Webhooks has it. */
  secret: string;
  /** Null: all. */
  events: readonly WebhookEvent[] | null;
  /** Also to loopback and private addresses: only for what a person wrote who has the token. */
  mayBePrivate: boolean;
}

const secretPattern = /^whsec_(?:[A-Za-z0-9+/]{4}){8,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** True for `whsec_` and 24 bytes or more in base64. */
export function isWebhookSecret(text: string): boolean {
  return text.length <= 200 && secretPattern.test(text);
}

/** An http(s) URL without user and password. */
export function isWebhookUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || text.length > 2_000) return false;
  return /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
}

/** How long after each failed attempt the next one comes; after the last it is given up, 27.6 hours in all. */
export const webhookRetriesMs: readonly number[] = [
  5_000,
  5 * 60_000,
  30 * 60_000,
  2 * 3_600_000,
  5 * 3_600_000,
  10 * 3_600_000,
  10 * 3_600_000,
];
