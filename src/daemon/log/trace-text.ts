/** An error with its stack, as the log says it. */
export function toTraceText(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
