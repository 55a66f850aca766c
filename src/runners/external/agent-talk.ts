import type { JournalEvent } from "../../core/journal.ts";
import { readNews } from "../agent/read-news.ts";
import type { MailMoment, RunContext } from "../runner.ts";
import type { AgentProgram, ExternalParts } from "./agent-program.ts";
import type { AgentNews } from "./driver.ts";

/** What is said to an agent while it runs: the session's mail, and at last that there is no more. */
export interface AgentTalk extends Disposable {
  heard(news: AgentNews): void;
  /** To be called when all it has printed is read. Mail is in the journal before the agent gets it. */
  pause(): AsyncGenerator<readonly JournalEvent[], void, void>;
}

export function openTalk(
  { driver, program, journal }: AgentProgram,
  context: RunContext,
  { bell }: Pick<ExternalParts, "bell">,
): AgentTalk {
  const canHear = driver.say !== undefined;
  let [isIdle, hasMail] = [false, true];
  const deliver = (event: JournalEvent): void => {
    if (event.type !== "message-deliver" || event.text === "" || driver.say === undefined) return;
    program.write(event.messageIds.join(" "), driver.say(event.text));
    isIdle = false;
  };
  // What an earlier daemon has put into the journal and did not live to hand over.
  const launched = journal.findLastIndex(({ event }) => event.type === "agent-launch");
  for (const { event } of journal.slice(launched + 1)) deliver(event);
  const unlisten = bell.listen(context.session.id, () => (hasMail = true));
  return {
    heard: ({ kind }) => void (isIdle = kind === "idle"),
    async *pause() {
      if (!canHear || !(hasMail || isIdle)) return;
      hasMail = false;
      const moment: MailMoment = isIdle ? "stop" : "between-turns";
      const news = await readNews(context, moment);
      if (news.length > 0) {
        yield news;
        news.forEach(deliver);
      } else if (isIdle) {
        program.closeInput();
        isIdle = false;
      }
    },
    [Symbol.dispose]: unlisten,
  };
}
