import type { JournalEntry } from "../../core/journal.ts";

/** What an agent is told that has run before: null where it has not got so far as to say anything. */
export function toFollowUp(journal: readonly JournalEntry[]): string | null {
  const spoke = journal.findLastIndex(({ event }) => event.type === "turn-end");
  if (spoke === -1) return null;
  const texts = journal
    .slice(spoke)
    .map(({ event }) =>
      event.type === "session-resume" || event.type === "message-deliver" ? event.text : "",
    );
  const said = texts.filter((text) => text !== "").join("\n\n");
  return said === "" ? "Go on where you stopped." : said;
}
