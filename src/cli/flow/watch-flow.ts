import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "../../client/create-client.ts";
import type { FlowView } from "../../contract/flow-shapes.ts";
import { toShortId } from "../../core/id.ts";
import { type CliContext, budgetExitCode, interruptedExitCode } from "../context.ts";
import { toJsonText, toPlainText } from "../plain-text.ts";
import { renderFlowEnd, renderFlowTree, toStepLine } from "./flow-text.ts";
import { writeStepSummary } from "./step-summary.ts";

const pollMs = 300;

export interface FlowWatch {
  client: Client;
  flow: FlowView;
  context: CliContext;
  asJson: boolean;
}

/** Waits for a flow's end and prints its result. Ctrl-C leaves it running and says so. */
export async function watchFlow(watch: FlowWatch): Promise<number> {
  const { context, asJson } = watch;
  const detach = new AbortController();
  using _ = context.onInterrupt(() => detach.abort());
  const { terminal } = context;
  const flow = terminal.isLive ? await drawFlow(watch, detach.signal) : await tellFlow(watch, detach.signal);
  if (detach.signal.aborted) return sayDetached(watch);
  if (asJson) terminal.print(toJsonText(flow));
  else if (flow.result !== null) terminal.print(toPlainText(flow.result));
  for (const line of renderFlowEnd(flow)) terminal.say(line);
  writeStepSummary(flow, context);
  if (flow.status === "completed") return 0;
  return /budget/i.test(flow.reason ?? "") && flow.status === "failed" ? budgetExitCode : 1;
}

/** As it stands, again and again, until it has ended. */
async function* snapshots({ client, flow }: FlowWatch, signal: AbortSignal): AsyncGenerator<FlowView> {
  let last = flow;
  yield last;
  while (last.ended_at === null && !signal.aborted) {
    try {
      const { flow: next } = await client.waitForFlow({ id: flow.id, timeout_ms: pollMs }, { signal });
      last = next;
      yield last;
      if (last.ended_at === null) await sleep(pollMs, undefined, { signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

async function drawFlow(watch: FlowWatch, signal: AbortSignal): Promise<FlowView> {
  const { terminal } = watch.context;
  const canvas = await terminal.openCanvas("talk");
  let last = watch.flow;
  try {
    for await (const flow of snapshots(watch, signal)) {
      last = flow;
      const { columns, rows } = terminal.talkSize();
      const width = Math.max(20, columns - 1);
      const lines = renderFlowTree(flow, { colors: terminal.talkColors, width }).slice(0, rows - 2);
      canvas.draw([...lines, terminal.talkColors.dim("Ctrl-C detaches, it goes on")].join("\n"));
    }
  } finally {
    canvas.end(true);
  }
  return last;
}

async function tellFlow(watch: FlowWatch, signal: AbortSignal): Promise<FlowView> {
  const told = new Map<string, string>();
  let last = watch.flow;
  for await (const flow of snapshots(watch, signal)) {
    last = flow;
    for (const step of flow.steps) {
      if (step.status === "waiting" || told.get(step.id) === step.status) continue;
      told.set(step.id, step.status);
      watch.context.terminal.say(toStepLine(step));
    }
  }
  return last;
}

function sayDetached({ flow, context }: FlowWatch): number {
  const short = toShortId(flow.id);
  context.terminal.say("Detached: the flow goes on without this terminal.");
  context.terminal.say(`  see it:   profclaw flow show ${short}`);
  context.terminal.say(`  stop it:  profclaw flow cancel ${short}`);
  return interruptedExitCode;
}
