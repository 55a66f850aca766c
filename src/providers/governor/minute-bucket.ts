const minuteMs = 60_000;

/**
 * So many a minute, as a token bucket. Its burst is a tenth and its flow is that much less, so that of
 * calls of size 1 never more than `perMinute` go in any 60 seconds, wherever they begin.
 */
export class MinuteBucket {
  capacity = 0;
  private perMs = 0;
  private left: number;
  private filledAt: number;

  /** `perMinute`: whole, 1 or more. */
  constructor(perMinute: number, nowMs: number) {
    this.setFlow(perMinute);
    this.left = this.capacity;
    this.filledAt = nowMs;
  }

  /** From now on so many a minute; what has been taken stays taken. */
  resize(perMinute: number, nowMs: number): void {
    const taken = this.capacity - this.room(nowMs);
    this.setFlow(perMinute);
    this.left = this.capacity - taken;
  }

  /** What may be taken; below 0 where more was taken than is there. */
  room(nowMs: number): number {
    this.left = Math.min(this.capacity, this.left + Math.max(0, nowMs - this.filledAt) * this.perMs);
    this.filledAt = nowMs;
    return this.left;
  }

  /** Ms until `amount` is there; one larger than the bucket waits for a full one. */
  waitMs(amount: number, nowMs: number): number {
    const missing = Math.min(amount, this.capacity) - this.room(nowMs);
    return missing <= 0 ? 0 : Math.ceil(missing / this.perMs);
  }

  /** A negative amount gives back. A minute's worth of debt is the most: a false count ends. */
  take(amount: number): void {
    const debt = -this.perMs * minuteMs;
    this.left = Math.min(this.capacity, Math.max(debt, this.left - amount));
  }

  private setFlow(perMinute: number): void {
    this.capacity = Math.ceil(perMinute / 10);
    this.perMs = (perMinute - this.capacity + 1) / minuteMs;
  }
}
