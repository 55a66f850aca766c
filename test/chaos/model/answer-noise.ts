import type { ModelScript, ParsedRequest, Reply } from "../../support/model-server/reply.ts";
import { toTurnUsage } from "./plan.ts";

/** Models that never come to an end, by the first word of the task. */
const noises: Record<string, (request: ParsedRequest) => Reply> = {
  /** The same call, for ever. */
  loop: () => ({ toolCalls: [{ name: "read_file", input: { path: "notes.txt" } }] }),
  /** An answer that does not stop coming. */
  endless: () => ({ text: "and on ".repeat(200_000), chunks: 20_000, chunkDelayMs: 5 }),
  /** One line of a gigabyte, from a tool. */
  flood: ({ turn }) =>
    turn === 0
      ? {
          toolCalls: [
            {
              name: "bash",
              input: { command: "head -c 1000000000 /dev/zero | tr '\\0' x", timeout_ms: 60_000 },
            },
          ],
        }
      : { text: "flooded" },
  /** Two hundred processes at once that would live on: bounded in number and in time. */
  swarm: ({ turn }) =>
    turn === 0
      ? {
          toolCalls: [
            { name: "bash", input: { command: "for i in $(seq 200); do setsid sleep 20 & done; sleep 3" } },
          ],
        }
      : { text: "swarmed" },
  /** Each has children that have children: sixteen at once, as deep as it gets. */
  breed: ({ turn, firstUserText }) =>
    turn < 2
      ? {
          toolCalls: [
            {
              name: "sessions_spawn",
              input: {
                sessions: Array.from({ length: turn === 0 ? 16 : 17 }, (_, at) => ({
                  task: `breed ${firstUserText.length} ${at} ${firstUserText}`.slice(0, 400),
                  tools: ["sessions_spawn"],
                })),
              },
            },
          ],
        }
      : { text: "bred" },
};

/** The noisy ones as their task says; everything else as `script` has it. */
export function createNoiseScript(script: ModelScript): ModelScript {
  return (request) => {
    const [word = ""] = request.firstUserText.split(" ", 1);
    const noise = noises[word];
    if (noise === undefined) return script(request);
    return { usage: toTurnUsage(request.turn), ...noise(request) };
  };
}
