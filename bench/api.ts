/** The few calls that the benches make, by plain fetch. */
export interface Api {
  spawn(body: unknown): Promise<{ batch_id: string; sessions: { id: string }[] }>;
  getSession(id: string): Promise<{ status: string; ended_at: string | null }>;
  listSessions(): Promise<{ sessions: { created_at: string; started_at: string | null }[] }>;
  listApprovals(): Promise<unknown[]>;
  listAgents(): Promise<{ agents: { name: string; version: string | null; level: string | null }[] }>;
  /** How late the daemon's event loop was, ms. */
  readLoopDelay(): Promise<{ p99: number; max: number }>;
  /** Resolves when the batch has ended; answers its counts. */
  waitFor(batchId: string): Promise<Record<string, number>>;
  post(path: string, body: unknown): Promise<unknown>;
  /** Runs a flow to its end. */
  runFlow(body: unknown): Promise<{ status: string }>;
  /** Of all calls on record. */
  readUsage(): Promise<{ input_tokens: number; cache_read_tokens: number }>;
}

/** With a name, the calls are that peer's. */
export function createApi({ url, token }: { url: string; token: string }, peer?: string): Api {
  const headers = {
    authorization: `Bearer ${token}`,
    "content-type": "application/json",
    ...(peer === undefined ? {} : { "profclaw-peer": peer }),
  };
  const ask = async (path: string, init: RequestInit = {}): Promise<unknown> => {
    const response = await fetch(`${url}/api${path}`, { ...init, headers });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  const post: Api["post"] = (path, body) => ask(path, { method: "POST", body: JSON.stringify(body) });
  return {
    post,
    async runFlow(body) {
      const { id } = (await post("/flows", body)) as { id: string };
      for (;;) {
        const answer = (await ask(`/flows/${id}/wait`)) as { done: boolean; flow: { status: string } };
        if (answer.done) return answer.flow;
      }
    },
    async readUsage() {
      const { usage } = (await ask("/cost")) as { usage: Awaited<ReturnType<Api["readUsage"]>> };
      return usage;
    },
    async spawn(body) {
      return (await post("/agents/sessions", body)) as Awaited<ReturnType<Api["spawn"]>>;
    },
    async getSession(id) {
      return (await ask(`/agents/sessions/${id}`)) as Awaited<ReturnType<Api["getSession"]>>;
    },
    async listSessions() {
      return (await ask("/agents/sessions?limit=1000")) as Awaited<ReturnType<Api["listSessions"]>>;
    },
    async listApprovals() {
      return ((await ask("/approvals")) as { approvals: unknown[] }).approvals;
    },
    async listAgents() {
      return (await ask("/agents")) as Awaited<ReturnType<Api["listAgents"]>>;
    },
    async readLoopDelay() {
      const daemon = (await ask("/daemon")) as { event_loop_delay_ms: { p99: number; max: number } };
      return daemon.event_loop_delay_ms;
    },
    async waitFor(batchId) {
      for (;;) {
        const answer = (await ask(`/batches/${batchId}/wait`)) as {
          done: boolean;
          batch: { counts: Record<string, number> };
        };
        if (answer.done) return answer.batch.counts;
      }
    },
  };
}
