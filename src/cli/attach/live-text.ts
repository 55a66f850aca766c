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

/** `prefix` stands before each line of an entry. */
export function createLiveText(
  terminal: Pick<Terminal, "print" | "write" | "flush">,
  prefix: string,
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
      const lines = renderEntry(isSeen ? withoutText(entry) : withShortText(entry));
      for (const line of lines) terminal.print(`${prefix}${line}`);
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
  const whole = toTextLength(entry);
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

/** Who looks on wants the end; of a text of megabytes all lines at once would fill memory. */
const longestText = 32_768;

function withShortText(entry: JournalEntryView): JournalEntryView {
  if (toTextLength(entry) <= longestText) return entry;
  const content = toParts(entry).map((part) => (isText(part) ? toEnd(part) : part));
  return { ...entry, data: { ...(entry.data as object), content } as JournalEntryView["data"] };
}

function toEnd(part: unknown): unknown {
  const text = toText(part);
  if (text.length <= longestText) return part;
  const end = text.slice(-longestText).replace(/^[^\n]*\n/, "");
  return {
    type: "text",
    text: `… ${text.length - end.length} characters before: profclaw agent result\n${end}`,
  };
}

function withoutText(entry: JournalEntryView): JournalEntryView {
  const content = toParts(entry).filter((part) => !isText(part));
  return { ...entry, data: { ...(entry.data as object), content } as JournalEntryView["data"] };
}

function toText(data: unknown): string {
  if (typeof data !== "object" || data === null || !("text" in data)) return "";
  return typeof data.text === "string" ? data.text : "";
}
