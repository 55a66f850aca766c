import type { BatchId } from "../core/id.ts";
import type { WebhookTarget } from "../core/webhook.ts";

/** One event for one endpoint. */
export interface NewDelivery {
  /** The same for every attempt: what receivers know repetitions by. */
  id: string;
  target: WebhookTarget;
  body: string;
}

/** One that is due. */
export interface DueDelivery {
  number: number;
  id: string;
  /** Of its URL and secret: deliveries to one endpoint share its fate. */
  endpoint: string;
  target: Omit<WebhookTarget, "events">;
  body: string;
  attempts: number;
}

/** `gone`: the endpoint said that it wants nothing any more; all that waits for it is dropped. */
export type DeliveryOutcome =
  | { kind: "done" }
  | { kind: "given-up" }
  | { kind: "gone" }
  | { kind: "retry"; nextAt: number };

/** What goes into the outbox, with how far the journals have been read by then. */
export interface QueuedDeliveries {
  deliveries: NewDelivery[];
  position: number;
  /** So many may wait for one endpoint; above it the oldest are dropped. */
  mostWaiting: number;
}

/** Of an endpoint for which too many waited. */
export interface DroppedDeliveries {
  url: string;
  dropped: number;
}

/** The outbox: what webhooks have to be told, until they were. */
export interface WebhookStore {
  /** Up to which number of all journals (`readEvents`) the outbox has taken events. */
  readOutboxPosition(): Promise<number>;
  /**
   * Puts deliveries in and moves the position, together. The same id to the same endpoint twice is one. Answers
   * what was dropped.
   */
  queueDeliveries(queue: QueuedDeliveries): Promise<DroppedDeliveries[]>;
  /** The oldest that are due, some of each endpoint, without those that are under way. */
  listDueDeliveries(query: { now: number; perEndpoint: number; except: number[] }): Promise<DueDelivery[]>;
  settleDelivery(settling: { number: number; outcome: DeliveryOutcome; at: number }): Promise<void>;
  /** When the next one is due; null: none waits. */
  readNextDelivery(): Promise<number | null>;
  /** What a batch's own webhook is. */
  getBatchWebhook(batchId: BatchId): Promise<WebhookTarget | undefined>;
  /** Endpoints that were gone are tried again. */
  reviveEndpoints(targets: readonly WebhookTarget[]): Promise<void>;
}
