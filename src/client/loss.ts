const lossCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "ENOENT",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTCONN",
  "ERR_STREAM_PREMATURE_CLOSE",
]);

/** Nobody answers, or the answer broke off. The daemon may have acted on the request. */
export class DaemonLoss extends Error {
  override readonly name = "DaemonLoss";
  /** An idle kept-alive socket that the daemon closed meanwhile: says nothing about the daemon. */
  readonly staleSocket: boolean;

  constructor(cause: Error, staleSocket: boolean) {
    super(cause.message, { cause });
    this.staleSocket = staleSocket;
  }
}

/** What a failed request means: the caller's own abort, a lost daemon, or a bug (returned as it is). */
export function toLoss(
  error: unknown,
  context: { signal?: AbortSignal | undefined; reusedSocket: boolean },
): unknown {
  if (context.signal?.aborted) return context.signal.reason;
  if (!(error instanceof Error)) return error;
  const code = "code" in error ? String(error.code) : "";
  if (!lossCodes.has(code) && error.message !== "aborted") return error;
  return new DaemonLoss(error, context.reusedSocket);
}
