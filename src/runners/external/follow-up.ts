import { goOnText } from "../../core/go-on.ts";
import type { JournalEntry } from "../../core/journal.ts";

const between = "\n\n";

/** What an agent is told that has run before: null where it has not got so far as to say anything. */
export function toFollowUp(journal: readonly JournalEntry[]): string | null {
  const spoke = journal.findLastIndex(({ event }) => event.type === "turn-end");
  if (spoke === -1) return null;
  const said = listSaid(journal.slice(spoke));
  return said.length === 0 ? goOnText : said.join(between);
}

/** What one is told that has said nothing yet: its task, and all that was said to it since. */
export function toBeginning(task: string, journal: readonly JournalEntry[]): string {
  return [task, ...listSaid(journal)].join(between);
}

/** Of what it was to be told since it last said anything, what is not in `heard`, which its conversation has kept. */
export function toUnheard(task: string, journal: readonly JournalEntry[], heard: readonly string[]): string {
  const spoke = journal.findLastIndex(({ event }) => event.type === "turn-end");
  const told = spoke === -1 ? [task, ...listSaid(journal)] : listSaid(journal.slice(spoke));
  const left = [...heard];
  const unheard = told.filter((text) => !takeHeard(left, text));
  return unheard.length === 0 ? goOnText : unheard.join(between);
}

/** True if one of `left` is or begins with that text: it is taken off, for what was said with it. */
function takeHeard(left: string[], text: string): boolean {
  const at = left.findIndex((one) => `${one}${between}`.startsWith(`${text}${between}`));
  if (at === -1) return false;
  left[at] = left[at]?.slice(text.length + between.length) ?? "";
  return true;
}

/** That it should go on says nothing to one that has to begin. */
function listSaid(journal: readonly JournalEntry[]): string[] {
  const texts = journal.map(({ event }) =>
    event.type === "session-resume" || event.type === "message-deliver" ? event.text : "",
  );
  return texts.filter((text) => text !== "" && text !== goOnText);
}
