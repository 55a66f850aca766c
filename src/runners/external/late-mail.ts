import type { JournalEvent } from "../../core/journal.ts";
import { readNews } from "../agent/read-news.ts";
import type { RunContext } from "../runner.ts";
import type { AgentProgram, ExternalParts } from "./agent-program.ts";
import type { AgentOutcome } from "./driver.ts";
import { toHearing } from "./left-program.ts";

/** Mail that came too late for it: kept in the journal, so that who wrote it can see where it went. */
export async function* deliverLate(context: RunContext): AsyncGenerator<readonly JournalEvent[], void, void> {
  for (;;) {
    const mail = await readNews(context, "stop");
    if (mail.length === 0) return;
    yield mail;
  }
}

/** Of an agent that hears mail behind what it answers: what has come by then, and that it goes on with it. Else none. */
export async function hearMore(
  { driver }: Pick<AgentProgram, "driver">,
  { context, parts }: { context: RunContext; parts: Pick<ExternalParts, "clock"> },
  { kind }: AgentOutcome,
): Promise<JournalEvent[]> {
  if (driver.hearsAfter !== true || kind !== "completed") return [];
  const mail = await readNews(context, "stop");
  // In one step: whoever takes it up after that launches it anew.
  return mail.length === 0 ? [] : [...mail, toHearing(parts.clock.now())];
}
