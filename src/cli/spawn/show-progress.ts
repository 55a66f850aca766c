import type { SessionView } from "../../contract/shapes.ts";
import { toShortId } from "../../core/id.ts";
import type { CliContext } from "../context.ts";
import { toNewAskLines } from "../needs-you.ts";
import { toOneLine } from "../plain-text.ts";
import { toStatusText } from "../outcome.ts";
import { toNowText } from "../session-text.ts";
import { cutText } from "../text-width.ts";
import type { BudgetWatch } from "./budget-watch.ts";
import { renderLiveFrame } from "./live-view.ts";
import type { BatchSnapshot } from "./watch-batch.ts";

const lineWidth = 120;

/** Shows snapshots as they come: a live table on a terminal, else a line per change. Returns the last one. */
export async function showProgress(
  snapshots: AsyncIterable<BatchSnapshot>,
  show: Show,
): Promise<BatchSnapshot> {
  return show.context.terminal.isLive ? drawTable(snapshots, show) : sayChanges(snapshots, show);
}

interface Show {
  context: CliContext;
  /** Left out: no budget is shown. */
  budgets?: BudgetWatch;
  /** What Ctrl-C does, for the table's last line. */
  interruptHint: string;
}

async function drawTable(
  snapshots: AsyncIterable<BatchSnapshot>,
  { context, interruptHint, budgets }: Show,
): Promise<BatchSnapshot> {
  const { terminal, clock } = context;
  const sinceMs = clock.now();
  const canvas = await terminal.openCanvas("talk");
  let last: BatchSnapshot = { sessions: [], batch: null, limits: null };
  try {
    for await (const snapshot of snapshots) {
      last = snapshot;
      const { sessions } = snapshot;
      const size = terminal.talkSize();
      const colors = terminal.talkColors;
      const budget = budgets?.look(snapshot) ?? null;
      const nowMs = clock.now();
      canvas.draw(renderLiveFrame({ sessions, size, nowMs, sinceMs, colors, interruptHint, budget }));
    }
  } finally {
    canvas.end(true);
  }
  return last;
}

async function sayChanges(
  snapshots: AsyncIterable<BatchSnapshot>,
  { context, budgets }: Show,
): Promise<BatchSnapshot> {
  const told = new Map<string, string>();
  const asked = new Set<string>();
  let last: BatchSnapshot = { sessions: [], batch: null, limits: null };
  for await (const snapshot of snapshots) {
    last = snapshot;
    const { sessions } = snapshot;
    for (const session of sessions) {
      if (told.get(session.id) === session.status) continue;
      told.set(session.id, session.status);
      context.terminal.say(toChangeLine(session));
    }
    const news = budgets?.look(snapshot);
    if (news?.warning) context.terminal.say(`warning: ${news.warning}`);
    for (const line of toNewAskLines(sessions, asked)) context.terminal.say(line);
  }
  return last;
}

function toChangeLine(session: SessionView): string {
  const task = toOneLine(session.name ?? session.task);
  const now = toNowText(session);
  const more = now === task ? task : `${now} (${task})`;
  return cutText(`${toShortId(session.id)} ${toStatusText(session.status)}: ${more}`, lineWidth);
}
