/** Ctrl-C at a question: nothing is done, and nothing more is said. */
export class InterruptedError extends Error {
  override readonly name = "InterruptedError";
}
