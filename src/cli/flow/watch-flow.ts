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
  const { terminal } = context;
  const flow = await untilFlowEnds(watch);
  if (flow.ended_at === null) return interruptedExitCode;
  if (asJson) terminal.print(toJsonText(flow));
  else if (flow.result !== null) terminal.print(toPlainText(flow.result));
  for (const line of renderFlowEnd(flow)) terminal.say(line);
  writeStepSummary(flow, context);
  if (flow.status === "completed") return 0;
  return /budget/i.test(flow.reason ?? "") && flow.status === "failed" ? budgetExitCode : 1;
}

/** Shows a flow until it has ended. After Ctrl-C the answer has no end: it goes on, and that was said. */
export async function untilFlowEnds(watch: Omit<FlowWatch, "asJson">): Promise<FlowView> {
  const { context } = watch;
  const detach = new AbortController();
  using _ = context.onInterrupt(() => detach.abort());
  const { signal } = detach;
  const flow = context.terminal.isLive ? await drawFlow(watch, signal) : await tellFlow(watch, signal);
  if (signal.aborted && flow.ended_at === null) sayDetached(watch);
  return flow;
}

type Watched = Omit<FlowWatch, "asJson">;

/** As it stands, again and again, until it has ended. */
async function* snapshots({ client, flow }: Watched, signal: AbortSignal): AsyncGenerator<FlowView> {
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

async function drawFlow(watch: Watched, signal: AbortSignal): Promise<FlowView> {
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

async function tellFlow(watch: Watched, signal: AbortSignal): Promise<FlowView> {
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

function sayDetached({ flow, context }: Watched): void {
  const short = toShortId(flow.id);
  context.terminal.say("Detached: the flow goes on without this terminal.");
  context.terminal.say(`  see it:   profclaw flow show ${short}`);
  context.terminal.say(`  stop it:  profclaw flow cancel ${short}`);
}
