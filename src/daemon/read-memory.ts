import { totalmem } from "node:os";
import { getHeapStatistics } from "node:v8";
import type { MemoryState } from "../engine/admission.ts";

// Node says so where no container limits the process: a number beyond any machine, or 0.
const mostBelievable = 2 ** 50;

/** Memory as Node sees it; a container's limit (cgroup) counts as the machine's. */
export function readMemory(): MemoryState {
  const { used_heap_size: heapUsedBytes, heap_size_limit: heapLimitBytes } = getHeapStatistics();
  const constrained = process.constrainedMemory();
  const isLimited = constrained > 0 && constrained < mostBelievable;
  return {
    residentBytes: process.memoryUsage.rss(),
    heapUsedBytes,
    heapLimitBytes,
    availableBytes: process.availableMemory(),
    totalBytes: isLimited ? Math.min(constrained, totalmem()) : totalmem(),
  };
}
