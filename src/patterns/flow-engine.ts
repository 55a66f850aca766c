import type { FlowId, FlowRecord, FlowRow } from "../core/flow/flow.ts";
import type { FlowPorts } from "./flow-ports.ts";
import { FlowRun } from "./flow-run.ts";

/** Runs every flow of this daemon that has not ended. */
export interface FlowEngine {
  /** Takes up a flow that is on disk and has no session yet, or begins its next life. */
  take(flow: FlowRecord): Promise<void>;
  /** False where it does not live. Resolves once its end is on disk. */
  cancel(id: FlowId): Promise<boolean>;
  /** Takes up again what a stop or crash left; sessions must have been recovered before. */
  recover(): Promise<void>;
  /** What lives of it in memory; undefined for one that has ended. */
  rowsOf(id: FlowId): FlowRow[] | undefined;
  /** The answer unsubscribes. */
  onChange(id: FlowId, listener: () => void): () => void;
  /** How many live. */
  count(): number;
  /** Lets go of all of them. */
  close(): void;
}

export function createFlowEngine(ports: FlowPorts): FlowEngine {
  const { store, hub } = ports.engineParts;
  const book = createRunBook(ports);
  const { runs } = book;
  const unsubscribe = hub.subscribe(null, (news) => {
    if (news.kind !== "journal") return;
    for (const run of runs.values()) {
      if (news.ended) run.noteEnd(news.sessionId);
      else void run.noteNews(news.sessionId).catch(() => undefined);
    }
  });
  return {
    async take(flow) {
      if (runs.has(flow.id)) return;
      void book.open(flow, await store.listFlowRows(flow.id)).pump();
    },
    async cancel(id) {
      const run = runs.get(id);
      await run?.cancel();
      return run !== undefined;
    },
    async recover() {
      for (const flow of await store.listFlows({ status: "running", limit: mostLive })) {
        const run = book.open(flow, await store.listFlowRows(flow.id));
        await run.recover();
        void run.pump();
      }
    },
    rowsOf: (id) => runs.get(id)?.rows.all(),
    onChange: (id, listener) => book.listen(id, listener),
    count: () => runs.size,
    close() {
      unsubscribe();
      for (const run of runs.values()) run.close();
    },
  };
}

interface RunBook {
  runs: ReadonlyMap<FlowId, FlowRun>;
  open(flow: FlowRecord, rows: FlowRow[]): FlowRun;
  listen(id: FlowId, listener: () => void): () => void;
}

/** Those that live, and who wants to hear of them. */
function createRunBook(ports: FlowPorts): RunBook {
  const runs = new Map<FlowId, FlowRun>();
  const listeners = new Map<FlowId, Set<() => void>>();
  const tell = (id: FlowId): void => listeners.get(id)?.forEach((listener) => listener());
  return {
    runs,
    open(flow, rows) {
      const hooks = {
        changed: () => tell(flow.id),
        ended() {
          runs.delete(flow.id);
          tell(flow.id);
        },
      };
      const run = new FlowRun(ports, { flow, rows }, hooks);
      runs.set(flow.id, run);
      return run;
    },
    listen(id, listener) {
      const all = listeners.get(id) ?? new Set();
      listeners.set(id, all.add(listener));
      return () => {
        all.delete(listener);
        if (all.size === 0) listeners.delete(id);
      };
    },
  };
}

const mostLive = 10_000;
