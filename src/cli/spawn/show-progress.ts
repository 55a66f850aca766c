import type { SessionView } from "../../contract/shapes.ts";
import { toShortId } from "../../core/id.ts";
import type { CliContext } from "../context.ts";
import { toOneLine } from "../plain-text.ts";
import { toStatusText } from "../outcome.ts";
import { toNowText } from "../session-text.ts";
import { cutText } from "../text-width.ts";
import { renderLiveFrame } from "./live-view.ts";

const lineWidth = 120;

/** Shows snapshots as they come: a live table on a terminal, else a line per change. Returns the last one. */
export async function showProgress(
  snapshots: AsyncIterable<SessionView[]>,
  context: CliContext,
): Promise<SessionView[]> {
  return context.terminal.isLive ? drawTable(snapshots, context) : sayChanges(snapshots, context);
}

async function drawTable(
  snapshots: AsyncIterable<SessionView[]>,
  context: CliContext,
): Promise<SessionView[]> {
  const { terminal, clock } = context;
  const sinceMs = clock.now();
  const canvas = await terminal.openCanvas("talk");
  let last: SessionView[] = [];
  try {
    for await (const sessions of snapshots) {
      last = sessions;
      const size = terminal.talkSize();
      canvas.draw(
        renderLiveFrame({ sessions, size, nowMs: clock.now(), sinceMs, colors: terminal.talkColors }),
      );
    }
  } finally {
    canvas.end(true);
  }
  return last;
}

async function sayChanges(
  snapshots: AsyncIterable<SessionView[]>,
  context: CliContext,
): Promise<SessionView[]> {
  const told = new Map<string, string>();
  let last: SessionView[] = [];
  for await (const sessions of snapshots) {
    last = sessions;
    for (const session of sessions) {
      if (told.get(session.id) === session.status) continue;
      told.set(session.id, session.status);
      context.terminal.say(toChangeLine(session));
    }
  }
  return last;
}

function toChangeLine(session: SessionView): string {
  const task = toOneLine(session.name ?? session.task);
  const now = toNowText(session);
  const more = now === task ? task : `${now} (${task})`;
  return cutText(`${toShortId(session.id)} ${toStatusText(session.status)}: ${more}`, lineWidth);
}
