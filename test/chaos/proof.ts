/** A test outside this suite that proves a part of a promise. */
export interface Proof {
  promise: string;
  /** From the root of the checkout. */
  file: string;
  /** A part of the test's name as its file has it, up to or after what is filled in. */
  name: string;
  /** What it lets pass, as it asserts it. */
  limit: string;
}
