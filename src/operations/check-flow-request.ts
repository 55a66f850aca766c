import type { NewFlowInput } from "../contract/flow-operations.ts";
import { type ReadFlow, readFlow } from "../contract/flow-plan.ts";
import type { CallContext } from "../contract/implement.ts";
import { toJsonPointer } from "../contract/json-pointer.ts";
import { newSessionShape } from "../contract/session-operations.ts";
import type { Budget } from "../core/budget.ts";
import { ProfclawError } from "../core/errors.ts";
import type { FlowRecord, FlowStep } from "../core/flow/flow.ts";
import { toOrdered } from "../core/flow/step-order.ts";
import type { JsonObject } from "../core/json.ts";
import type { SessionSpec } from "../core/session.ts";
import { resolveCwd } from "../engine/folder-looks.ts";
import { clampBudget } from "../engine/resolve-budget.ts";
import { resolveSession } from "../engine/resolve-session.ts";
import { toBudget, toSessionRequest } from "../engine/to-session-request.ts";
import { toOrigin } from "../patterns/spawn-orders.ts";
import type { OperationParts } from "./parts.ts";
import { rethrowAt } from "./rethrow-at.ts";

type Request = Pick<
  NewFlowInput,
  "flow" | "vars" | "cwd" | "timeout" | "budget_usd" | "budget_tokens" | "labels"
>;

/** One session of each step, as it would be spawned. */
export interface StepTrial {
  step: FlowStep;
  spec: SessionSpec;
}

/** A flow that may start. */
export interface CheckedFlow {
  flow: FlowRecord;
  trials: StepTrial[];
  warnings: string[];
}

/** Everything that would be refused later is refused here; nothing is written yet. */
export async function checkFlowRequest(
  parts: OperationParts,
  request: Request,
  { caller }: Pick<CallContext, "caller">,
): Promise<CheckedFlow> {
  refuseSession(caller);
  const { plan, budget, faults } = readFlow(request.flow, request.vars);
  refuseFaults(faults);
  const isTrusted = caller.kind === "admin";
  if (!isTrusted) refuseCommands(plan.steps);
  const wanted = mergeBudget(toBudget(request), budget);
  const book = await parts.engineParts.ledger.openBook();
  const limit = clampBudget(book, wanted, []);
  const flow: FlowRecord = {
    id: parts.engineParts.newId(),
    plan,
    cwd: await resolveCwd(request.cwd, parts.daemon.cwd),
    path: parts.shellPath.get(),
    timeoutMs: request.timeout ?? parts.pool.get().timeoutMs,
    labels: request.labels ?? {},
    budget: limit.budget,
    isTrusted,
    createdAt: parts.clock.now(),
    life: 1,
    endedAt: null,
    end: null,
  };
  const { trials, warnings } = await tryAll(parts, flow);
  return { flow, trials, warnings: [...new Set([...limit.warnings, ...warnings])] };
}

/** A session has the tools to spawn children of its own; what is outside of its tree is not its business. */
export function refuseSession(caller: CallContext["caller"]): void {
  if (caller.kind !== "session") return;
  throw new ProfclawError("policy-denied", "A session starts, resumes and cancels no flows.", {
    hint: "It spawns its own children: sessions_spawn. A flow is driven by a person or their own agent.",
  });
}

/** What the request says goes before what the file says. */
function mergeBudget(asked: Budget, own: Budget): Budget {
  return { microUsd: asked.microUsd ?? own.microUsd, tokens: asked.tokens ?? own.tokens };
}

function refuseFaults(faults: ReadFlow["faults"]): void {
  const [first, ...more] = faults;
  if (first === undefined) return;
  const rest = more.length === 0 ? "" : ` (and ${more.length} more)`;
  throw new ProfclawError("invalid-request", `${first.path.join(".")}: ${first.text}${rest}`, {
    pointer: toJsonPointer(["flow", ...first.path]),
    hint: "Nothing was started. What may stand in a flow: docs/flows.md",
  });
}

/** A gate's command runs as the person, without a policy in between: only who has the token may ask for that. */
function refuseCommands(steps: readonly FlowStep[]): void {
  const index = steps.findIndex(({ gate }) => gate?.kind === "command");
  if (index === -1) return;
  throw new ProfclawError("policy-denied", "A gate's command is run as you, so it needs the token.", {
    pointer: toJsonPointer(["flow", "steps", index, "gate", "command"]),
    hint: "Send the token (Authorization: Bearer …), start it with profclaw run, or let a judge look.",
  });
}

interface Trial {
  step: FlowStep;
  session: JsonObject;
  path: (string | number)[];
}

async function tryAll(
  parts: OperationParts,
  flow: FlowRecord,
): Promise<Pick<CheckedFlow, "trials" | "warnings">> {
  const origin = toOrigin(parts, flow);
  const trials: StepTrial[] = [];
  const warnings: string[] = [];
  for (const { step, session, path } of listSessions(flow)) {
    const pointer = toJsonPointer(["flow", ...path]);
    const asked = newSessionShape.parse({ ...session, task: "a trial" });
    const resolved = await resolveSession(parts.engineParts, origin, toSessionRequest(asked, pointer)).catch(
      (error: unknown) => rethrowAt(error, pointer),
    );
    trials.push({ step, spec: resolved.spec });
    warnings.push(...resolved.warnings);
  }
  return { trials, warnings };
}

/** Every kind of session that the flow may have. */
function listSessions({ plan }: FlowRecord): Trial[] {
  return toOrdered(plan.steps).flatMap((step) => {
    const path = ["steps", plan.steps.indexOf(step)];
    const { work, session, gate, pick } = step;
    const own: Trial[] =
      work.kind === "team"
        ? work.members.map((member, index) => ({
            step,
            session: { ...session, ...member.session },
            path: [...path, "team", index],
          }))
        : [{ step, session, path }];
    const judges = [gate, pick].flatMap((rule) =>
      rule?.kind === "judge" ? [{ step, session: rule.session, path }] : [],
    );
    return [...own, ...judges];
  });
}
