// The greeting and the first requests come first; whoever looks a second after the start finds it done.
const afterMs = 400;

/**
 * Gives back once what loading took: V8 lets the young heap grow to 2 × 8 MB while modules load, and an idle
 * process never shrinks it. For each thread on its own. Takes 30 ms, so not while it works. Nothing without `--expose-gc`.
 */
export function tidyHeapOnce(isBusy: () => boolean): void {
  const { gc } = globalThis;
  if (gc === undefined) return;
  setTimeout(() => {
    if (!isBusy()) gc({ type: "major", execution: "sync", flavor: "last-resort" });
  }, afterMs).unref();
}
