import type { JsonRecord, ModelScript, ParsedRequest, Reply } from "../support/model-server/reply.ts";

/** What a tool of ours answered, as the agent's model reads it. */
export interface ToolAnswer {
  isError: boolean;
  text: string;
  /** The text as JSON; empty if it is none. */
  json: JsonRecord;
}

/** What the agent's model says next, knowing the answers to the calls that it made in the step before. */
export type Step = (answers: readonly ToolAnswer[]) => Reply;

/** The model of an agent that goes by steps, and of the sessions that it spawns, which `children` answers. */
export function playAgent(
  steps: readonly [Step, ...Step[]],
  children: ModelScript = ({ firstUserText }) => ({ text: `done: ${firstUserText}` }),
): ModelScript {
  return (request) => {
    if (isSession(request)) return children(request);
    const step = steps[request.turn] ?? steps.at(-1);
    return step?.(toAnswers(request)) ?? {};
  };
}

/** A session of ours says so in every call. */
export function isSession({ headers }: ParsedRequest): boolean {
  return headers["user-agent"]?.startsWith("profclaw/") === true;
}

/** What our tools answered to the agent, in order, as its model was told. */
export function answersTo(requests: readonly ParsedRequest[]): ToolAnswer[] {
  return requests.filter((request) => !isSession(request)).flatMap(toAnswers);
}

/** All answers to tool calls that one request brings. */
function toAnswers({ toolResults }: Pick<ParsedRequest, "toolResults">): ToolAnswer[] {
  return toolResults.map(({ text, isError }) => {
    // Claude Code adds notes of its own below.
    const [own = ""] = text.split("\n<system-reminder>");
    // And names linked resources above.
    return { isError, text: own, json: toJson(own.slice(Math.max(0, own.indexOf("{")))) };
  });
}

function toJson(text: string): JsonRecord {
  try {
    return JSON.parse(text) as JsonRecord;
  } catch {
    return {};
  }
}
