import type { FoundHintsView, HintListView } from "../contract/hint-operations.ts";
import { builtInHints } from "../core/built-in-hints.ts";
import { findHints as findInText } from "../core/find-hints.ts";
import type { OperationParts } from "./parts.ts";

/** The person's own first; one of theirs with the id of ours takes its place. */
function listAll(parts: OperationParts): HintListView["hints"] {
  const own = parts.config.hints();
  const ids = new Set(own.map(({ id }) => id));
  const ours = builtInHints.filter(({ id }) => !ids.has(id));
  return [
    ...own.map((hint) => ({ ...hint, phrases: [...hint.phrases], source: "config" as const })),
    ...ours.map((hint) => ({ ...hint, phrases: [...hint.phrases], source: "built-in" as const })),
  ];
}

/** What a user's words speak for; nothing is started. */
export function findHints(parts: OperationParts, input: { text: string }): FoundHintsView {
  const hints = findInText(input.text, listAll(parts)).map(({ hint, phrase, matched }) => ({
    id: hint.id,
    tool: hint.tool,
    advice: hint.advice,
    phrase,
    matched,
  }));
  return { hints };
}

/** The phrases that count here. */
export function listHints(parts: OperationParts): HintListView {
  return { hints: listAll(parts) };
}
