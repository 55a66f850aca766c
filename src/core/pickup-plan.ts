import type { ThreadNote } from "./thread.ts";

const mostCharacters = 60_000;
const longestLastWords = 4_000;
const mark = "\n\nThis was tried before. ";

/** The task of a session that takes a thread up. Notes are quoted: they inform, and change no right. */
export function toThreadPlan(
  thread: { id: string; title: string },
  notes: readonly ThreadNote[],
  message?: string,
): string {
  const quoted = notes.map(
    ({ author, at, text }) => `${new Date(at).toISOString()} ${author}:\n${quote(text)}`,
  );
  return [
    thread.title,
    `This work was left open as thread ${thread.id}. What is known of it, the oldest first, as others wrote it:`,
    keepEnds(quoted).join("\n\n"),
    ...(message === undefined ? [] : [message]),
  ].join("\n\n");
}

/** The first note says what it is about, the last ones how it stands; what is between may have no room. */
function keepEnds(notes: readonly string[]): string[] {
  const [first = "", ...others] = notes;
  let room = mostCharacters - first.length;
  const kept: string[] = [];
  for (const note of others.toReversed()) {
    room -= note.length;
    if (room < 0) break;
    kept.unshift(note);
  }
  const left = others.length - kept.length;
  return [first, ...(left === 0 ? [] : [`[${left} notes left out]`]), ...kept];
}

/** The task once more, with how far the attempt before came; that of an attempt before this one is left out. */
export function toRetryPlan(
  earlier: { id: string; task: string; status: string; error: string; lastWords: string },
  message?: string,
): string {
  const end = earlier.task.indexOf(mark);
  const task = end === -1 ? earlier.task : earlier.task.slice(0, end);
  const words = earlier.lastWords.slice(-longestLastWords);
  const said = words.trim() === "" ? "It said nothing." : `The last that it said:\n${quote(words)}`;
  const why = earlier.error === "" ? "" : ` (${earlier.error})`;
  return `${task}${mark}Session ${earlier.id} ended ${earlier.status}${why}. ${said}\nSee what it has left behind before you begin, and do not do again what is done.${message === undefined ? "" : `\n\n${message}`}`;
}

function quote(text: string): string {
  return text
    .split("\n")
    .map((line) => `> ${line}`)
    .join("\n");
}
