import type { FlowPlanView } from "../../contract/flow-operations.ts";
import type { FlowView } from "../../contract/flow-shapes.ts";
import { toDurationText } from "../../core/duration.ts";
import { toShortId } from "../../core/id.ts";
import { toCostText } from "../money-text.ts";
import { toCountText } from "../outcome.ts";
import { toOneLine } from "../plain-text.ts";
import { paintStatus } from "../status-paint.ts";
import type { Colors } from "../terminal.ts";
import { cutText, fitText } from "../text-width.ts";

type Step = FlowView["steps"][number];

const widestStatus = "completed".length;
const mostNamed = 10;

/** What a flow would run: its steps, how many sessions, what that usually costs, and what is run as the person. */
export function renderFlowPlan(plan: FlowPlanView): string[] {
  const { usd, basis } = plan.estimate;
  const isOpen = plan.steps.some(({ sessions }) => sessions === null);
  const facts = [
    `${toCountText(plan.steps.length, "step")}, ${isOpen ? "at least " : ""}${toCountText(plan.sessions, "session")}`,
    `at most ${plan.concurrency} at once`,
    usd === null ? "cost unknown" : `about ${toCostText(usd)} (${basis})`,
  ];
  const steps = plan.steps.map(({ id, sessions, provider, model, needs, gate }) => {
    const count = sessions === null ? "one for each part" : toCountText(sessions, "session");
    const after = needs.length === 0 ? "" : `, after ${needs.join(", ")}`;
    return `  ${toOneLine(`${id}: ${count} · ${provider}/${model}${after}${gate === null ? "" : ` · gate: ${gate}`}`)}`;
  });
  const commands = plan.commands.map((command) => `  a gate runs as you: ${toOneLine(command)}`);
  return [facts.join(" · "), ...steps, ...commands];
}

/** The phases of a flow as a tree, with what each cost. */
export function renderFlowTree(
  flow: FlowView,
  { colors, width }: { colors: Colors; width: number },
): string[] {
  return flow.steps.map((step, index) => {
    const branch = index === flow.steps.length - 1 ? "└── " : "├── ";
    const status = fitText(step.status, widestStatus);
    const before = `${branch}${status}  `;
    const rest = cutText(toStepText(step), Math.max(8, width - before.length));
    return `${branch}${paintStatus(colors, status, step.status === "degraded" ? "waiting" : step.status)}  ${rest}`;
  });
}

function toStepText({ id, sessions, counts, cost_usd, reason }: Step): string {
  const { running, completed, failed } = counts;
  const many = sessions > 1 ? [`${completed} of ${sessions}`] : [];
  const states = [
    ...many,
    ...(running > 0 ? [`${running} running`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ];
  const cost = completed + failed > 0 ? [toCostText(cost_usd)] : [];
  const why = reason === null ? [] : [toOneLine(reason)];
  return [id, ...states, ...cost, ...why].join(" · ");
}

/** "completed: review · 2 of 3 · $0.02", for one who reads along. */
export function toStepLine(step: Step): string {
  return cutText(`${step.status}: ${toStepText(step)}`, 160);
}

/** How a flow ended, what is missing, and what to type. */
export function renderFlowEnd(flow: FlowView): string[] {
  const short = toShortId(flow.id);
  const name = flow.name ?? "flow";
  const ms = flow.ended_at === null ? 0 : Date.parse(flow.ended_at) - Date.parse(flow.created_at);
  const missing = flow.missing.map(({ step, label, reason, session_id }) => {
    const where = session_id === null ? "" : `: profclaw agent logs ${toShortId(session_id)}`;
    const what = label === step ? step : `${step}, ${label}`;
    return `  missing ${toOneLine(`${what} (${reason.slice(0, 200)})`)}${where}`;
  });
  const more = /budget/i.test(flow.reason ?? "") ? " --budget 2.00" : "";
  const isWhole = flow.status === "completed";
  return [
    `${name} ${short} ${flow.status}${flow.degraded && isWhole ? ", degraded" : ""}: ${toCostText(flow.cost_usd)} · ${toDurationText(ms)}`,
    ...(flow.reason === null ? [] : [`  ${toOneLine(flow.reason)}`]),
    ...missing.slice(0, mostNamed),
    ...(missing.length > mostNamed ? [`  … and ${missing.length - mostNamed} more`] : []),
    ...(isWhole ? [] : [`  go on where it broke off:  profclaw flow resume ${short}${more}`]),
  ];
}
