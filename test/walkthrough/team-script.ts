import type { ParsedRequest, Reply } from "../support/model-server/reply.ts";

const calm = { delayMs: 150 };

/** The lead spawns two and sums up; the upgrade wants a command that no list has. Only what was asked is said. */
export function answerTeam({ firstUserText: task, turn, toolResults }: ParsedRequest): Reply {
  if (task.startsWith("Plan the release")) {
    const sessions = [
      { task: "List the changes since the last release", tools: ["grep", "glob"] },
      { task: "Find what the changes break", tools: ["read_file", "grep"] },
    ];
    if (turn === 0) return { ...calm, toolCalls: [{ name: "sessions_spawn", input: { sessions } }] };
    return { ...calm, text: "Both have reported. One route lost its parameter: call it 2.0." };
  }
  if (task.startsWith("Pin the Node version")) {
    const command = "npm pkg set engines.node='>=24'";
    if (turn === 0) return { ...calm, toolCalls: [{ name: "bash", input: { command } }] };
    const isDone = toolResults[0]?.isError === false;
    return { ...calm, text: isDone ? "package.json asks for Node 24 now." : "I was not let." };
  }
  if (turn === 0) return { ...calm, toolCalls: [{ name: "grep", input: { pattern: "router" } }] };
  return {
    ...calm,
    text: task.startsWith("List") ? "Two routes are new, one is gone." : "GET /users/:email is gone.",
  };
}
