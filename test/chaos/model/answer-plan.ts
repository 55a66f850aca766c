import { listLetters, stopWord } from "../mail/letter.ts";
import type { JsonRecord, ModelScript, ParsedRequest, Reply } from "../../support/model-server/reply.ts";
import {
  type Accident,
  type Plan,
  type Step,
  listEffects,
  parseTask,
  toEditLine,
  toTask,
  toTurnUsage,
} from "./plan.ts";

type ToolCall = NonNullable<Reply["toolCalls"]>[number];

/** Where the effect file is: the scripted model has to know what it tells sessions to do. */
export interface PlanSurroundings {
  effectFile: string;
}

/** Answers what the plan in the task says for the turn; an accident happens to the first calls of a turn. */
export function createPlanScript(surroundings: PlanSurroundings): ModelScript {
  const seen = new Map<string, number>();
  return (request) => {
    const plan = parseTask(request.firstUserText);
    if (plan === undefined) return { text: "no plan" };
    const key = `${plan.id}/${request.turn}`;
    const attempt = seen.get(key) ?? 0;
    seen.set(key, attempt + 1);
    const reply = toReply(plan, request, surroundings);
    const accident = plan.accidents?.[request.turn]?.[attempt];
    return accident === undefined ? reply : { ...reply, ...toAccident(accident) };
  };
}

function toReply(plan: Plan, request: ParsedRequest, surroundings: PlanSurroundings): Reply {
  const { turn } = request;
  const step = plan.steps[turn];
  const base = { delayMs: plan.delayMs, usage: toTurnUsage(turn) };
  if (step !== undefined) return { ...base, toolCalls: toCalls(plan, { step, turn }, surroundings) };
  if (plan.listens === true) return { ...base, ...toListening(request) };
  const isFirstWord = turn === plan.steps.length;
  if (plan.wrongShape === true) return { ...base, text: isFirstWord ? "no JSON" : '{"done":true}' };
  return { ...base, text: `done ${plan.id}` };
}

/** It waits for mail without a slot, until it is told to stop; then it says all that it has read, in order. */
function toListening({ messages }: ParsedRequest): Reply {
  const history = JSON.stringify(messages);
  if (!history.includes(stopWord)) return { toolCalls: [{ name: "wait", input: {} }] };
  return { text: listLetters(history).join(" ") };
}

function toCalls(
  plan: Plan,
  { step, turn }: { step: Step; turn: number },
  { effectFile }: PlanSurroundings,
): ToolCall[] {
  const path = `${plan.id}.txt`;
  const effects = listEffects(plan, turn).map((effect) =>
    toBash(`echo '${effect}' >> '${effectFile}'${step === "slow-bash" ? "; sleep 0.15" : ""}`),
  );
  switch (step) {
    case "bash":
    case "slow-bash":
      return effects;
    case "three":
      return [...effects, { name: "read_file", input: { path: "notes.txt" } }];
    case "write":
      return [{ name: "write_file", input: { path, content: "start\nend of file\n" } }];
    case "edit": {
      const input = { path, old_text: "end of file", new_text: `${toEditLine(turn)}\nend of file` };
      return [{ name: "edit_file", input }];
    }
    case "read":
      return [{ name: "read_file", input: { path: "notes.txt" } }];
    case "ask":
      return [toBash("touch never")];
    case "linger":
      return [{ name: "bash", input: { command: "setsid sleep 613 & sleep 614", timeout_ms: 500 } }];
    case "spawn":
    case "spawn-free": {
      const sessions = (plan.children ?? []).map((child): JsonRecord => ({ task: toTask(child) }));
      return [{ name: "sessions_spawn", input: { sessions, wait: step === "spawn" } }];
    }
  }
}

function toBash(command: string): ToolCall {
  return { name: "bash", input: { command } };
}

function toAccident(accident: Accident): Reply {
  switch (accident) {
    case "error-500":
      return { status: 500 };
    case "error-529":
      return { status: 529, headers: { "retry-after": "1" } };
    case "cut":
      return { cutAfterChunks: 2 };
    case "early-end":
      return { endAfterChunks: 3 };
    case "malformed":
      return { malformed: true };
    case "error-event":
      return { errorAfterChunks: 2 };
    case "empty":
      return { endAfterChunks: 0 };
    case "wild-usage":
      return { rawUsage: { input_tokens: -5, output_tokens: 1e308 } };
  }
}
