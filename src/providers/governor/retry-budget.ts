const share = 0.2;
const perSecond = 1;
const leastMost = 50;

/**
 * What retries one lane may still make, shared by all its sessions: each call adds a fifth of one, each
 * second one, and a retry that is answered gives back what it took (as the retry quota of the AWS SDKs
 * does). So of many calls at most about 20 % are retries that fail again, and a quiet lane can always retry.
 */
export class RetryBudget {
  private readonly most: number;
  private left: number;
  private filledAt: number;

  /** `atOnce`: calls that may be in flight; after an outage all of them may be retries. */
  constructor(atOnce: number, nowMs: number) {
    this.most = Math.max(leastMost, atOnce);
    this.left = this.most;
    this.filledAt = nowMs;
  }

  called(): void {
    this.add(share);
  }

  /** The call was not made after all. */
  notCalled(): void {
    this.left = Math.max(0, this.left - share);
  }

  /** A retry was answered. */
  giveBack(): void {
    this.add(1);
  }

  has(nowMs: number): boolean {
    this.add((Math.max(0, nowMs - this.filledAt) / 1_000) * perSecond);
    this.filledAt = nowMs;
    return this.left >= 1;
  }

  take(): void {
    this.left = Math.max(0, this.left - 1);
  }

  private add(amount: number): void {
    this.left = Math.min(this.most, this.left + amount);
  }
}
