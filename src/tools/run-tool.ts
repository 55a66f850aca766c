import type { z } from "zod";
import type { ApprovalAnswer, ApprovalAsk } from "../core/approval.ts";
import type { ToolCallPart } from "../core/content.ts";
import type { JsonValue } from "../core/json.ts";
import type { ToolContext, ToolOutcome, ToolPreparation } from "../core/tool-context.ts";
import type { Action } from "../policy/action.ts";
import { type AskedCall, describeCall, hashCall } from "./call-bytes.ts";
import { type CallDecision, decideCall, defaultRules, type PolicyRules } from "./decide-call.ts";
import { describeFault } from "./describe-fault.ts";
import { interrupted } from "./interrupted.ts";
import { failed } from "./outcome.ts";
import { toNo, toRefusalText } from "./refusal.ts";
import type { ToolRegistry } from "./registry.ts";
import type { DecidedContext, Tool } from "./tool.ts";

/** What a call that needs leave asks for: all of `ApprovalAsk` that the call itself knows. */
export type Asking = Pick<ApprovalAsk, "sha256" | "reason" | "text" | "realPath" | "rules">;

/** One call of a model, and everything the gate needs to judge it. */
export interface ToolRun {
  registry: ToolRegistry;
  call: ToolCallPart;
  context: ToolContext;
  /** Default: no rules of a person's own. */
  rules?: PolicyRules;
  /** What was asked for this call before, and the answer. Left out or null: nobody was asked. */
  answered?: { ask: Pick<ApprovalAsk, "sha256">; answer: ApprovalAnswer } | null;
}

/**
 * A call past the gate. `refused` is a result for the model and nothing happened. `asks` needs leave
 * that nobody has given for exactly these bytes. `ready` has done nothing yet: if `needsIntent`, journal a tool-intent with `prepared`, then call `run` once.
 */
export type OpenedCall =
  | { kind: "refused"; outcome: ToolOutcome }
  | { kind: "asks"; asking: Asking }
  | { kind: "ready"; needsIntent: boolean; prepared: ToolPreparation; run(): Promise<ToolOutcome> };

/** A call that the policy allows: parsed, and with the real path it may touch. */
type Passage =
  | { kind: "refused"; outcome: ToolOutcome }
  | { kind: "asks"; asking: Asking }
  | { kind: "passed"; tool: Tool; input: unknown; context: DecidedContext };

/**
 * The one gate of every tool call: parse, look up, decide, prepare. Nothing has happened when it
 * returns. Rejects only with the signal's reason; any other fault is a refused call.
 */
export async function openToolCall(run: ToolRun): Promise<OpenedCall> {
  const passage = await guard(run, () => pass(run));
  if (passage.kind === "asks") return passage;
  if (passage.kind !== "passed") return { kind: "refused", outcome: toOutcome(passage) };
  const { tool, input, context } = passage;
  const prepared = await guard(run, async () => ({
    kind: "prepared" as const,
    value: (await tool.prepare?.(input, context)) ?? null,
  }));
  if (prepared.kind !== "prepared") return { kind: "refused", outcome: toOutcome(prepared) };
  return {
    kind: "ready",
    needsIntent: tool.effect !== "pure",
    prepared: prepared.value,
    run: () => guard(run, () => tool.run(input, context)),
  };
}

/**
 * A call whose intent is in the journal and whose result is not: the process died in between. Pure
 * and keyed tools are done again; an effect only where the tool itself can tell what happened.
 */
export async function recoverToolCall(run: ToolRun, prepared: ToolPreparation): Promise<ToolOutcome> {
  const tool = run.registry.find(run.call.toolName);
  // A tool of another program is an effect, also while that program is not there.
  const isForeign = tool === undefined && run.call.toolName.startsWith("mcp__");
  if (isForeign || (tool?.effect === "effect" && tool.recover === undefined))
    return interrupted(run.call.toolName);
  const passage = await guard(run, () => pass(run));
  // It was begun with leave that it would not get again.
  if (passage.kind === "asks") return refuse(passage.asking.reason).outcome;
  if (passage.kind !== "passed") return toOutcome(passage);
  const { input, context } = passage;
  return guard(run, async () => {
    const again =
      passage.tool.effect === "effect" ? passage.tool.recover?.(input, prepared, context) : undefined;
    return again ?? passage.tool.run(input, context);
  });
}

async function pass(run: ToolRun): Promise<Passage> {
  const { registry, call, context } = run;
  const tool = context.tools.includes(call.toolName) ? registry.find(call.toolName) : undefined;
  if (tool === undefined) return refuseCall(describeUnlisted(call.toolName, context));
  const parsed = tool.input.safeParse(call.input);
  if (!parsed.success) return refuseCall(describeInputFault(call, parsed.error));
  const action = tool.toAction(parsed.data, context);
  const place = { context, rules: run.rules ?? defaultRules() };
  const found = await decideCall({ tool: tool.name, action }, place);
  const asking = found.decision.kind === "ask" ? askFor(run, found, found.decision.reason) : null;
  if (asking !== null) return asking;
  if (found.decision.kind === "deny") return refuse(found.decision.reason);
  const { realPath, leaveOut, leaveOutGlobs } = found;
  const judge = async (next: Action) => (await decideCall({ tool: tool.name, action: next }, place)).decision;
  const decided = { ...context, realPath, leaveOut, leaveOutGlobs, judge };
  return { kind: "passed", tool, input: parsed.data, context: decided };
}

/** The one seam of approvals: null where exactly this call was granted. A no is final; a yes is for its bytes. */
function askFor(
  run: ToolRun,
  found: CallDecision,
  reason: string,
): Exclude<Passage, { kind: "passed" }> | null {
  const { call, context, answered } = run;
  const asked: AskedCall = {
    tool: call.toolName,
    input: call.input,
    cwd: context.cwd,
    realPath: found.realPath,
  };
  const sha256 = hashCall(asked);
  if (answered?.answer.verdict === "deny") return refuse(`${reason}, and ${toNo(answered.answer)}`);
  if (answered?.ask.sha256 === sha256) return null;
  const changed = answered ? "; what was allowed has changed since, so this asks again" : "";
  const rules = found.rule === null ? [] : [found.rule];
  const { realPath } = found;
  const text = describeCall(asked);
  return { kind: "asks", asking: { sha256, reason: reason + changed, text, realPath, rules } };
}

function refuse(reason: string): { kind: "refused"; outcome: ToolOutcome } {
  return refuseCall(toRefusalText(reason));
}

function refuseCall(text: string): { kind: "refused"; outcome: ToolOutcome } {
  return { kind: "refused", outcome: failed(text) };
}

function toOutcome(value: ToolOutcome | { kind: "refused"; outcome: ToolOutcome }): ToolOutcome {
  return value.kind === "refused" ? value.outcome : value;
}

/** An abort rejects with its reason; anything else that is thrown becomes a result. */
async function guard<Value>(run: ToolRun, job: () => Promise<Value>): Promise<Value | ToolOutcome> {
  run.context.signal.throwIfAborted();
  try {
    return await job();
  } catch (fault) {
    run.context.signal.throwIfAborted();
    return failed(describeFault(run.call.toolName, fault));
  }
}

function describeUnlisted(name: string, context: ToolContext): string {
  const has = context.tools.length === 0 ? "no tools" : `these tools: ${context.tools.join(", ")}`;
  return `This session has no tool called ${JSON.stringify(name)}. It has ${has}.`;
}

/** Names the fields that are wrong and what was sent in them. */
function describeInputFault(call: ToolCallPart, error: z.ZodError): string {
  const faults = error.issues.slice(0, 5).map((issue) => {
    const field = issue.path.length === 0 ? "the input" : issue.path.join(".");
    return `${field}: ${issue.message}${describeSent(call.input, issue.path)}`;
  });
  return `The input of ${call.toolName} is wrong: ${faults.join("; ")}. Call it again with that put right.`;
}

function describeSent(input: JsonValue, path: readonly PropertyKey[]): string {
  let value: unknown = input;
  for (const key of path) {
    value = typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
  }
  return path.length === 0 || value === undefined ? "" : ` (was ${JSON.stringify(value).slice(0, 80)})`;
}
