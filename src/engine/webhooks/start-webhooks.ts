import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import { type WebhookTarget, webhookRetriesMs } from "../../core/webhook.ts";
import type { Store } from "../../store/store.ts";
import type { DeliveryOutcome, DroppedDeliveries, DueDelivery } from "../../store/webhooks.ts";
import type { Hub } from "../hub.ts";
import { collectEvents } from "./collect-events.ts";
import type { PostOutcome } from "./post-webhook.ts";

/** What sending stands on. */
export interface WebhookParts {
  store: Store;
  hub: Hub;
  clock: Clock;
  random: () => number;
  /** Those of the daemon itself; batches may have their own. */
  targets: readonly WebhookTarget[];
  log: Log;
  /** Default: Standard Webhooks' schedule. */
  retriesMs?: readonly number[];
  /** Default: 10,000 deliveries for one endpoint. */
  mostWaiting?: number;
}

// A dead endpoint takes its own two places and no more; the others do not notice.
const mostPerEndpoint = 2;
const mostAtOnce = 64;
const gatherMs = 100;
const fullDiskPauseMs = 5_000;
/** About 6 MB for an endpoint that nobody answers for. */
const mostWaitingByDefault = 10_000;
// A storm of drops is one line.
const tellDroppedMs = 10_000;

/** Tells webhooks what happens until it is disposed of; what was not told by then is told by the next daemon. */
export function startWebhooks(parts: WebhookParts): AsyncDisposable {
  const stop = new AbortController();
  let round: Promise<void> | null = null;
  const alarm = createAlarm(parts.clock, run);
  const lanes = createLanes(parts, stop.signal, () => alarm.wakeIn(0));
  const drops = createDrops(parts);
  function run(): void {
    if (stop.signal.aborted) return;
    if (round !== null) return alarm.wakeIn(gatherMs);
    round = takeRound(parts, lanes, drops)
      .then(alarm.wakeIn)
      .catch((error: unknown) => {
        if (!stop.signal.aborted) parts.log(`webhooks: ${String(error)}`, { level: "error" });
        alarm.wakeIn(fullDiskPauseMs);
      })
      .finally(() => (round = null));
  }
  const unsubscribe = parts.hub.subscribe(null, ({ kind }) => {
    if (kind === "journal") alarm.wakeIn(gatherMs);
  });
  round = parts.store.reviveEndpoints(parts.targets).finally(() => {
    round = null;
    alarm.wakeIn(0);
  });
  return {
    async [Symbol.asyncDispose]() {
      unsubscribe();
      stop.abort();
      await round?.catch(() => {});
      alarm.stop();
      await lanes.over();
      drops.tell();
    },
  };
}

interface Alarm {
  /** The earlier of two times counts; infinity is none. */
  wakeIn(this: void, ms: number): void;
  stop(): void;
}

function createAlarm(clock: Clock, ring: () => void): Alarm {
  let disarm: (() => void) | null = null;
  let at = 0;
  return {
    wakeIn(ms) {
      const wanted = clock.elapsedMs() + ms;
      if (ms === Number.POSITIVE_INFINITY || (disarm !== null && wanted >= at)) return;
      disarm?.();
      at = wanted;
      disarm = clock.after(ms, () => {
        disarm = null;
        ring();
      });
    },
    stop: () => disarm?.(),
  };
}

interface Lanes {
  /** Starts a delivery; one that finds no place now is found again when another is over. */
  send(delivery: DueDelivery): void;
  taken(): number[];
  over(): Promise<unknown>;
}

function createLanes(parts: WebhookParts, signal: AbortSignal, onOver: () => void): Lanes {
  const inFlight = new Map<number, { endpoint: string; over: Promise<void> }>();
  return {
    send(delivery) {
      const { number, endpoint } = delivery;
      const same = [...inFlight.values()].filter((other) => other.endpoint === endpoint);
      if (inFlight.size >= mostAtOnce || same.length >= mostPerEndpoint) return;
      const over = deliver(parts, delivery, signal)
        .catch((error: unknown) => parts.log(`webhooks: ${String(error)}`, { level: "error" }))
        .finally(() => {
          inFlight.delete(number);
          onOver();
        });
      inFlight.set(number, { endpoint, over });
    },
    taken: () => [...inFlight.keys()],
    over: () => Promise.all([...inFlight.values()].map((one) => one.over)),
  };
}

interface Drops {
  add(dropped: DroppedDeliveries): void;
  /** Says what was dropped and not said yet. */
  tell(): void;
}

/** Counts what was dropped, by host, and says so once in a while. */
function createDrops({ clock, log, mostWaiting = mostWaitingByDefault }: WebhookParts): Drops {
  const counts = new Map<string, number>();
  let disarm: (() => void) | null = null;
  const tell = (): void => {
    disarm?.();
    disarm = null;
    for (const [host, count] of counts) {
      log(
        `webhooks: ${count} of the oldest for ${host} were dropped: more than ${mostWaiting} waited for it`,
      );
    }
    counts.clear();
  };
  return {
    tell,
    add({ url, dropped }) {
      const { host } = new URL(url);
      counts.set(host, (counts.get(host) ?? 0) + dropped);
      disarm ??= clock.after(tellDroppedMs, tell);
    },
  };
}

/** Fills the outbox, starts what is due, and answers in how many ms there is more. */
async function takeRound(parts: WebhookParts, lanes: Lanes, drops: Drops): Promise<number> {
  const { store, clock, targets, mostWaiting = mostWaitingByDefault } = parts;
  await collectEvents(store, { targets, mostWaiting, onDropped: (dropped) => drops.add(dropped) });
  const query = { now: clock.now(), perEndpoint: mostPerEndpoint, except: lanes.taken() };
  const due = await store.listDueDeliveries(query);
  for (const delivery of due) lanes.send(delivery);
  const next = await store.readNextDelivery();
  // Those that are under way come back by themselves.
  return next === null || due.length > 0 ? Number.POSITIVE_INFINITY : Math.max(gatherMs, next - clock.now());
}

async function deliver(parts: WebhookParts, delivery: DueDelivery, signal: AbortSignal): Promise<void> {
  const { clock, store } = parts;
  // Loaded with the first delivery: most daemons have none.
  const { postWebhook } = await import("./post-webhook.ts");
  const posted = await postWebhook(delivery, { now: clock.now(), signal });
  // Cut off by the daemon's own end: it counts as not tried.
  if (signal.aborted && posted.kind === "unreachable") return;
  const outcome = toOutcome(parts, delivery, posted);
  const words = { "given-up": "gave up on", gone: "is told no more (410):", done: "", retry: "" }[
    outcome.kind
  ];
  if (words !== "") {
    const why = posted.kind === "answered" ? `answered ${posted.status}` : posted.detail;
    parts.log(`webhook ${delivery.id} ${words} ${new URL(delivery.target.url).host} (${why})`, {
      level: "warn",
    });
  }
  await store.settleDelivery({ number: delivery.number, outcome, at: clock.now() });
}

function toOutcome(parts: WebhookParts, { attempts }: DueDelivery, posted: PostOutcome): DeliveryOutcome {
  const status = posted.kind === "answered" ? posted.status : 0;
  if (status >= 200 && status < 300) return { kind: "done" };
  if (status === 410) return { kind: "gone" };
  const pauseMs = (parts.retriesMs ?? webhookRetriesMs)[attempts];
  if (pauseMs === undefined) return { kind: "given-up" };
  // Many that failed together must not come back together.
  return { kind: "retry", nextAt: parts.clock.now() + Math.round(pauseMs * (1 + parts.random() / 10)) };
}
