import type { ModelScript, ParsedRequest, Reply } from "./reply.ts";

/** Scripts that another process can name: `node main.ts --script echo`. */
export const scripts: Record<string, ModelScript> = {
  /** Answers at once with what it was asked. */
  echo: (request) => ({ text: `echo: ${request.firstUserText}` }),
  /** One second per answer: for seeing how many run at once. */
  second: (request) => ({ text: `done: ${request.firstUserText}`, delayMs: 1_000 }),
  /** Thirty deltas, 50 ms apart. */
  slow: () => ({ text: "a slow answer, word by word, ".repeat(10), chunks: 30, chunkDelayMs: 50 }),
  /** Four calls of read_file, then an answer: five turns, as a usual session has. */
  "five-turns": (request) => fiveTurns(request),
  /** The same in answers of 20,000 characters and 300 deltas: a transcript grows by 100,000. */
  "long-turns": (request) => ({
    ...fiveTurns(request),
    thinking: `step ${request.turn} ${"thinks about it at length ".repeat(800)}`.slice(0, 20_000),
    chunks: 300,
  }),
  /** No answer ever. */
  hang: () => ({ hang: true }),
  /** Three of ten calls are refused with 429 and a Retry-After of one second. */
  "rate-limited": createRateLimited(),
};

function fiveTurns(request: ParsedRequest): Reply {
  return request.turn < 4
    ? {
        thinking: `step ${request.turn}`,
        toolCalls: [{ name: request.toolNames[0] ?? "read_file", input: { path: "package.json" } }],
      }
    : { text: `finished: ${request.firstUserText}` };
}

function createRateLimited(): ModelScript {
  let calls = 0;
  return (request) => {
    calls += 1;
    return calls % 10 < 3
      ? { status: 429, headers: { "retry-after": "1" } }
      : { text: `ok: ${request.firstUserText}` };
  };
}
