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
  let streamedLength = 0;
  const finishLine = (): void => {
    if (isInLine) terminal.write("\n");
    isInLine = false;
  };
  return {
    entry(entry) {
      finishLine();
      // Live text may be dropped before a slow reader: only what was seen whole is not shown again.
      const isSeen =
        entry.type === "turn-end" && streamedLength > 0 && streamedLength === toTextLength(entry);
      const lines = renderEntry(isSeen ? withoutText(entry) : entry);
      for (const line of lines) terminal.print(`${prefix}${line}`);
      if (entry.type.startsWith("turn-")) streamedLength = 0;
    },
    delta(data) {
      const text = toText(data);
      if (text === "") return;
      streamedLength += text.length;
      isInLine = !text.endsWith("\n");
      terminal.write(toPlainText(text));
    },
    drained: () => terminal.flush(),
    end: finishLine,
  };
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
