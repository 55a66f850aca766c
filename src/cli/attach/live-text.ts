import type { JournalEntryView } from "../../contract/shapes.ts";
import { renderEntry } from "../../core/journal-text.ts";
import { toPlainText } from "../plain-text.ts";
import type { Terminal } from "../terminal.ts";

/** A session's output as it comes: entries as lines, and between them what the model writes at the moment. */
export interface LiveText {
  entry(entry: JournalEntryView): void;
  delta(data: unknown): void;
  /** Resolves once the terminal has taken what was written. */
  drained(): Promise<void>;
  end(): void;
}

/** `id` is what the session is called in commands; `prefix` stands before each line of an entry. */
export function createLiveText(
  terminal: Pick<Terminal, "print" | "write" | "flush">,
  { prefix, id }: { prefix: string; id: string },
): LiveText {
  let isInLine = false;
  let streamed = nothingStreamed;
  const finishLine = (): void => {
    if (isInLine) terminal.write("\n");
    isInLine = false;
  };
  return {
    entry(entry) {
      finishLine();
      // Live text may be dropped before a slow reader: only what was seen whole is not shown again.
      const isSeen = entry.type === "turn-end" && isWhole(streamed, entry);
      const lines = renderEntry(isSeen ? withoutText(entry) : entry);
      if (!isSeen && entry.cut_characters !== undefined)
        lines.push(`          all of it: profclaw agent logs ${id}`);
      if (entry.type === "approval-ask") lines.push(`          answer it: profclaw agent answer ${id}`);
      terminal.print(lines.map((line) => `${prefix}${line}`).join("\n"));
      if (entry.type.startsWith("turn-")) streamed = nothingStreamed;
    },
    delta(data) {
      const text = toText(data);
      if (text === "") return;
      streamed = addText(streamed, text);
      isInLine = !text.endsWith("\n");
      terminal.write(toPlainText(text));
    },
    drained: () => terminal.flush(),
    end: finishLine,
  };
}

/** How much text came live, and how much of its end is blank: a final text has none of that. */
interface Streamed {
  length: number;
  blankEnd: number;
}

const nothingStreamed: Streamed = { length: 0, blankEnd: 0 };

function addText({ length, blankEnd }: Streamed, text: string): Streamed {
  const kept = text.trimEnd().length;
  return { length: length + text.length, blankEnd: kept === 0 ? blankEnd + text.length : text.length - kept };
}

function isWhole({ length, blankEnd }: Streamed, entry: JournalEntryView): boolean {
  const whole = toTextLength(entry) + (entry.cut_characters ?? 0);
  return length > 0 && whole >= length - blankEnd && whole <= length;
}

function toParts({ data }: JournalEntryView): unknown[] {
  const content = typeof data === "object" && data !== null && "content" in data ? data["content"] : [];
  return Array.isArray(content) ? content : [];
}

function isText(part: unknown): boolean {
  return typeof part === "object" && part !== null && "type" in part && part.type === "text";
}

function toTextLength(entry: JournalEntryView): number {
  return toParts(entry)
    .filter(isText)
    .reduce((sum: number, part) => sum + toText(part).length, 0);
}

function withoutText(entry: JournalEntryView): JournalEntryView {
  const content = toParts(entry).filter((part) => !isText(part));
  return { ...entry, data: { ...(entry.data as object), content } as JournalEntryView["data"] };
}

function toText(data: unknown): string {
  if (typeof data !== "object" || data === null || !("text" in data)) return "";
  return typeof data.text === "string" ? data.text : "";
}
