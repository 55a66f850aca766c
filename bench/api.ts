/** The few calls that the benches make, by plain fetch. */
export interface Api {
  spawn(body: unknown): Promise<{ batch_id: string }>;
  /** Resolves when the batch has ended; answers its counts. */
  waitFor(batchId: string): Promise<Record<string, number>>;
}

export function createApi({ url, token }: { url: string; token: string }): Api {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const ask = async (path: string, init: RequestInit = {}): Promise<unknown> => {
    const response = await fetch(`${url}/api${path}`, { ...init, headers });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  return {
    async spawn(body) {
      return (await ask("/agents/sessions", { method: "POST", body: JSON.stringify(body) })) as {
        batch_id: string;
      };
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
