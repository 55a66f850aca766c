import type { Witness } from "../../engine/witness.ts";
import { createModelNames } from "./model-labels.ts";
import { createSessionMetrics } from "./session-metrics.ts";
import { type StateSources, createStateMetrics } from "./state-metrics.ts";

/** What a daemon counts, from its start. */
export interface Metrics {
  witness: Witness;
  /** The answer of `/metrics`. */
  render(sources: StateSources): Promise<string>;
}

/** `redact` takes secrets out of what becomes a label; `isTool` tells the tools that there are. */
export function openMetrics(redact: (text: string) => string, isTool: (name: string) => boolean): Metrics {
  const names = createModelNames(redact);
  const sessions = createSessionMetrics(names, isTool);
  return {
    witness: sessions.witness,
    async render(sources) {
      const { renderMetrics } = await import("./render-metrics.ts");
      return renderMetrics([...createStateMetrics(sources, names), ...sessions.families]);
    },
  };
}
