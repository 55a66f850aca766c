import type { Arena } from "./arena.ts";

/** Sessions whose model is a noisy one (model/answer-noise.ts), by the first word of their task. */
export async function spawnNoise(
  arena: Arena,
  kind: string,
  { count, ...wish }: { count: number } & Record<string, unknown>,
): Promise<void> {
  const fixed = { provider: "anthropic", model: "claude-sonnet-4-6", permission_mode: "full", ...wish };
  const sessions = Array.from({ length: count }, (_, at) => ({
    task: `${kind} ${at} at ${Date.now()}`,
    ...fixed,
  }));
  const { status, text } = await arena.call("/api/agents/sessions", { body: { sessions } });
  if (status !== 202) throw new Error(`a spawn was answered ${status}: ${text}`);
}
