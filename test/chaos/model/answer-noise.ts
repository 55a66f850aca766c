import type { ModelScript, ParsedRequest, Reply } from "../../support/model-server/reply.ts";
import { toTurnUsage } from "./plan.ts";

const bye = { text: "bye" };

function toBash(command: string): Reply {
  return { toolCalls: [{ name: "bash", input: { command, timeout_ms: 60_000 } }] };
}

/** Models that never come to an end, by the first word of the task. */
const noises: Record<string, (request: ParsedRequest) => Reply> = {
  /** The same call, for ever. */
  loop: () => ({ toolCalls: [{ name: "read_file", input: { path: "notes.txt" } }] }),
  /** An answer that does not stop coming. */
  endless: () => ({ text: "and on ".repeat(200_000), chunks: 20_000, chunkDelayMs: 5 }),
  /** One line of a gigabyte, from a tool. */
  flood: ({ turn }) => (turn === 0 ? toBash("head -c 1000000000 /dev/zero | tr '\\0' x") : bye),
  /** Two hundred processes at once that would live on: bounded in number and in time. */
  swarm: ({ turn }) => (turn === 0 ? toBash("for i in $(seq 200); do setsid sleep 20 & done; sleep 3") : bye),
  /** A fork bomb: each process becomes two, ten times over. Bounded, for the machine's sake. */
  bomb: ({ turn }) =>
    turn === 0
      ? toBash("bomb() { [ $1 -gt 0 ] && { bomb $(($1-1)) & bomb $(($1-1)) & }; wait; }; bomb 10")
      : bye,
  /** A million lines. */
  storm: ({ turn }) => (turn === 0 ? toBash("seq -f 'line %.0f of a storm of lines' 1000000") : bye),
  /** Leaves processes that have left their parents and groups: three below each command. */
  litter: ({ turn }) =>
    turn === 0
      ? toBash("setsid sleep 615 & setsid bash -c '(setsid sleep 616 &) ; sleep 617' & sleep 615 & wait")
      : bye,
  /** Goes on one level deeper, fifty if it may; what stops it comes back up as the result. */
  deep: ({ turn, firstUserText, toolResults }) => {
    if (turn > 0) return { text: toolResults.map(({ text }) => text).join("\n") };
    const level = Number(/(\d+) of 50/.exec(firstUserText)?.[1] ?? 0);
    if (level >= 50) return bye;
    const chain = firstUserText.split(" in ").at(-1) ?? "";
    const task = `deep ${level + 1} of 50 in ${chain}`;
    const input = { sessions: [{ task, tools: ["sessions_spawn"] }] };
    return { toolCalls: [{ name: "sessions_spawn", input }] };
  },
  /** Ten thousand children in one call; then the same in calls of sixteen. */
  wide: ({ turn, toolResults, firstUserText }) => {
    const toSessions = (count: number, from: number): { task: string }[] =>
      Array.from({ length: count }, (_, at) => ({ task: `leaf ${from + at} of ${firstUserText}` }));
    if (turn === 0)
      return { toolCalls: [{ name: "sessions_spawn", input: { sessions: toSessions(10_000, 0) } }] };
    const told = [...new Set(toolResults.filter(({ isError }) => isError).map(({ text }) => text))];
    if (turn > 1) return { text: told.join("\n") };
    const calls = Array.from({ length: 625 }, (_, at) => ({
      name: "sessions_spawn",
      input: { sessions: toSessions(16, at * 16), wait: false },
    }));
    return { text: told.join("\n"), toolCalls: calls };
  },
  leaf: () => bye,
  /** A parent of five children that each come to another end. */
  lead: ({ turn }) => {
    const sessions = ["fine", "failing", "hanging", "cancelled", "lost"].map((end) => ({
      task: `child ${end}`,
    }));
    if (turn > 0) return { text: "noted" };
    return { toolCalls: [{ name: "sessions_spawn", input: { sessions, wait: false } }] };
  },
  child: ({ firstUserText }) => {
    if (firstUserText === "child fine") return bye;
    return firstUserText === "child failing" ? { status: 400 } : { hang: true };
  },
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
