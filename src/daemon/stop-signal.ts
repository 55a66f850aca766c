/** Aborted at the first SIGTERM or SIGINT of this process; a second one ends it at once. */
export function toStopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => stop.abort(name));
  return stop.signal;
}
