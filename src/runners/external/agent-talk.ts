import type { JournalEvent } from "../../core/journal.ts";
import { readNews } from "../agent/read-news.ts";
import type { MailMoment, RunContext } from "../runner.ts";
import type { AgentProgram, ExternalParts } from "./agent-program.ts";
import type { AgentNews, OutputReader } from "./driver.ts";

/** What is said to an agent while it runs: the session's mail, and at last that there is no more. */
export interface AgentTalk extends Disposable {
  heard(news: AgentNews): void;
  /** To be called when all it has printed is read. Mail is in the journal before the agent gets it. */
  pause(): AsyncGenerator<readonly JournalEvent[], void, void>;
}

export function openTalk(
  { driver, program, journal, reader }: AgentProgram & { reader: OutputReader },
  context: RunContext,
  { bell }: Pick<ExternalParts, "bell">,
): AgentTalk {
  let [isIdle, hasMail] = [false, true];
  const deliver = (event: JournalEvent): void => {
    if (event.type !== "message-deliver" || event.text === "") return;
    const news = reader.say?.({ id: event.messageIds.join(" "), text: event.text }) ?? [];
    for (const one of news) if (one.kind === "write") program.write(one.id, one.text, one.fill);
    // One that can not hear any more stays as it is.
    isIdle = news.some(({ kind }) => kind === "idle");
  };
  // What an earlier daemon has put into the journal and did not live to hand over.
  const launched = journal.findLastIndex(({ event }) => event.type === "agent-launch");
  for (const { event } of journal.slice(launched + 1)) deliver(event);
  const unlisten = bell.listen(context.session.id, () => (hasMail = true));
  return {
    heard: ({ kind }) => void (isIdle = kind === "idle"),
    async *pause() {
      if (!driver.listens || !(hasMail || isIdle)) return;
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
