/** Why a call was given up before its end. */
export type TripCause = "aborted" | "first-byte" | "idle";

/** One call's right to live: ended by the caller's signal, by silence, or by `dispose`. */
export interface StreamWatch extends Disposable {
  /** For the request: aborted on a trip and on dispose, so that no socket outlives the call. */
  readonly signal: AbortSignal;
  readonly cause: TripCause | null;
  /** Something came: the idle clock starts again. Cheap; called for every part. */
  touch(): void;
  /** From now on that much silence ends the call. */
  allow(silenceMs: number): void;
  /** Called once, on a trip. */
  onTrip(listener: () => void): void;
}

export interface WatchLimits {
  signal: AbortSignal;
  firstByteTimeoutMs: number;
  idleTimeoutMs: number;
}

// One for all: making an exception with its stack costs more than reading a short answer.
const callIsOver = new DOMException("The call is over.", "AbortError");

export function createStreamWatch(limits: WatchLimits): StreamWatch {
  const controller = new AbortController();
  let cause: TripCause | null = null;
  let silence: TripCause = "first-byte";
  let listener: (() => void) | null = null;
  const trip = (why: TripCause): void => {
    if (cause !== null) return;
    cause = why;
    controller.abort();
    listener?.();
  };
  const onAbort = (): void => trip("aborted");
  const arm = (ms: number): NodeJS.Timeout => setTimeout(() => trip(silence), ms);
  let timer = arm(limits.firstByteTimeoutMs);
  if (limits.signal.aborted) onAbort();
  else limits.signal.addEventListener("abort", onAbort, { once: true });
  const watch: StreamWatch = {
    signal: controller.signal,
    get cause() {
      return cause;
    },
    touch() {
      if (silence === "idle") timer.refresh();
      else watch.allow(limits.idleTimeoutMs);
    },
    allow(silenceMs) {
      silence = "idle";
      clearTimeout(timer);
      timer = arm(silenceMs);
    },
    onTrip(next) {
      if (cause === null) listener = next;
      else next();
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
      limits.signal.removeEventListener("abort", onAbort);
      controller.abort(callIsOver);
    },
  };
  return watch;
}
