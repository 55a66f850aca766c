import type { AssistantPart } from "../../core/content.ts";

/** What is said in a turn, piece by piece: as much of it as an answer may have, and how much more there was. */
export interface TurnContent {
  /** Goes on in the part before it where that is of the same kind. */
  say(type: "text" | "reasoning", text: string): void;
  add(part: AssistantPart): void;
  /** So many characters were said besides, and are not here. */
  drop(characters: number): void;
  isEmpty(): boolean;
  parts(): AssistantPart[];
}

// More than this is no answer any more: an agent that never ends would fill the daemon's memory and its journal. The
// whole output is in the run's folder.
const longestTurn = 8 * 1024 * 1024;

export function createTurnContent(): TurnContent {
  const parts: AssistantPart[] = [];
  let [length, dropped] = [0, 0];
  const fit = (text: string): string => {
    const kept = text.slice(0, Math.max(0, longestTurn - length));
    length += kept.length;
    dropped += text.length - kept.length;
    return kept;
  };
  return {
    say(type, text) {
      const kept = fit(text);
      const last = parts.at(-1);
      if (kept === "") return;
      if (last?.type === type) parts[parts.length - 1] = { ...last, text: last.text + kept };
      else parts.push({ type, text: kept });
    },
    add(part) {
      // A call is what its result belongs to: it is kept, and one line of output at most.
      if (part.type === "text" || part.type === "reasoning") parts.push({ ...part, text: fit(part.text) });
      else parts.push(part);
    },
    drop: (characters) => void (dropped += characters),
    isEmpty: () => parts.length === 0,
    parts: () => (dropped === 0 ? [...parts] : [...parts, { type: "text", text: toDroppedNote(dropped) }]),
  };
}

function toDroppedNote(dropped: number): string {
  return `\n[${dropped} characters more were printed]`;
}
