import { appendFileSync } from "node:fs";
import type { FlowView } from "../../contract/flow-shapes.ts";
import type { CliContext } from "../context.ts";
import { toCostText } from "../money-text.ts";
import { toPlainText } from "../plain-text.ts";

const mostResult = 60_000;

/**
 * In a job of GitHub Actions the end of a flow is shown on the job's page: the runner names a file for it
 * (https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands).
 */
export function writeStepSummary(flow: FlowView, { env, terminal }: CliContext): void {
  const path = env["GITHUB_STEP_SUMMARY"];
  if (path === undefined || path === "") return;
  try {
    appendFileSync(path, `${renderStepSummary(flow)}\n`);
  } catch (error) {
    terminal.say(
      `warning: the step summary was not written: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function renderStepSummary(flow: FlowView): string {
  const rows = flow.steps.map(
    ({ id, status, counts, cost_usd }) =>
      `| ${id} | ${status} | ${counts.completed} | ${counts.failed} | ${toCostText(cost_usd)} |`,
  );
  const missing = flow.missing.map(
    ({ step, label, reason }) => `- ${step}, ${toCell(label)}: ${toCell(reason.slice(0, 300))}`,
  );
  return [
    `## ${toCell(flow.name ?? "flow")}: ${flow.status}${flow.degraded ? ", degraded" : ""} (${toCostText(flow.cost_usd)})`,
    "",
    "| step | status | completed | failed | cost |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
    ...(missing.length === 0 ? [] : ["", "### Missing", "", ...missing]),
    ...(flow.result === null ? [] : ["", "### Result", "", toPlainText(flow.result).slice(0, mostResult)]),
  ].join("\n");
}

function toCell(text: string): string {
  return toPlainText(text).replaceAll(/\s+/g, " ").replaceAll("|", "\\|");
}
