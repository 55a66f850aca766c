import type { Consolidation, Conflict, Joined } from "./consolidate.ts";

export interface Panel {
  /** Who said it, for people. */
  nameOf: (author: string) => string;
  missing: readonly { id: string; status: string; reason: string | null }[];
}

const conflictTexts: Record<Conflict["kind"], string> = {
  opposite: "say the opposite of each other",
  numbers: "name different numbers for the same thing",
  "split-vote": "has votes for it and against it",
};

/** One ranked answer, with where each part comes from, what contradicts, and who is missing. */
export function toConsolidationText({ findings, conflicts }: Consolidation, panel: Panel): string {
  const lines = findings.map((finding) => toFindingText(finding, panel));
  const contradictions = conflicts.map(
    ({ kind, ranks }) => `- ${ranks.map((rank) => `#${rank}`).join(" and ")} ${conflictTexts[kind]}.`,
  );
  const missing = panel.missing.map(
    ({ id, status, reason }) =>
      `- ${panel.nameOf(id)} (${id}): ${status}${reason === null ? "" : `, ${reason}`}`,
  );
  return [
    lines.length === 0 ? "Nothing has been found out yet." : lines.join("\n"),
    ...toSection("Conflicts", contradictions),
    ...toSection("Missing: the answer is degraded", missing),
  ].join("\n\n");
}

function toFindingText(finding: Joined, { nameOf }: Panel): string {
  const { rank, verdict, score, voters, text, authors, claims, evidence } = finding;
  const sign = score > 0 ? "+" : "";
  const votes = voters === 0 ? "no votes" : `${sign}${score} of ${voters} ${voters === 1 ? "vote" : "votes"}`;
  const sources = [...new Set(claims.map(({ ref }) => ref))].join(", ");
  const places = evidence.length === 0 ? "" : `\n   Evidence: ${evidence.join("; ")}`;
  const by = authors.map((author) => nameOf(author)).join(", ");
  return `${rank}. [${verdict}, ${votes}] ${text}\n   By ${by} (${sources})${places}`;
}

function toSection(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`${title}:\n${lines.join("\n")}`];
}
