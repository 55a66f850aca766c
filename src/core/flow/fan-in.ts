import { toShortId } from "../id.ts";
import type { MissingPart, StepResult } from "./flow.ts";

/** Longest text of one result that goes into a task as it is; of a longer one its start and end, and where it is. */
const mostInline = 32_768;
/** All results of one step together: about forty thousand tokens. */
const mostTogether = 160_000;

/** A part that came in. */
export interface GatheredPart {
  label: string;
  sessionId: string | null;
  result: StepResult;
}

/** One result as a text for the next model. */
export function toInlineText({ sessionId, result }: Omit<GatheredPart, "label">): string {
  return shorten({ result, sessionId }, mostInline);
}

/**
 * Many results as one text: each under its label, those that are missing by name and reason. Short ones are whole,
 * long ones share what room is left.
 */
export function joinParts(parts: readonly GatheredPart[], missing: readonly MissingPart[]): string {
  const share = toShare(parts.map(({ result }) => result.text.length));
  const texts = parts.map(({ label, sessionId, result }, index) => {
    return `## ${index + 1}. ${label}\n\n${shorten({ result, sessionId }, share)}`;
  });
  const lost = missing.map(
    ({ label, sessionId, reason }) =>
      `- ${label}${sessionId === null ? "" : ` (session ${toShortId(sessionId)})`}: ${reason.slice(0, 400)}`,
  );
  return [
    ...texts,
    ...(lost.length === 0 ? [] : [`## Missing: ${lost.length}\n\n${lost.slice(0, mostNamed).join("\n")}`]),
    ...(lost.length > mostNamed ? [`… and ${lost.length - mostNamed} more are missing.`] : []),
  ].join("\n\n");
}

const mostNamed = 100;

/** The length that long texts get so that all fit: what short ones leave over is theirs. */
function toShare(lengths: readonly number[]): number {
  let room = mostTogether;
  let share = mostInline;
  for (const [index, length] of lengths.toSorted((a, b) => a - b).entries()) {
    share = Math.floor(room / (lengths.length - index));
    if (length > share) break;
    room -= length;
    share = mostInline;
  }
  return Math.min(share, mostInline);
}

function shorten({ result, sessionId }: Omit<GatheredPart, "label">, most: number): string {
  const { text, truncated: isCut, artifactId } = result;
  const kept = artifactId === undefined ? "" : `, artifact ${artifactId}`;
  const where =
    sessionId === null ? "" : ` The whole is the result of session ${toShortId(sessionId)}${kept}.`;
  if (text.length <= most) return isCut ? `${text}\n[… more was written.${where}]` : text;
  const head = text.slice(0, Math.floor((most * 2) / 3));
  const tail = isCut ? "" : text.slice(-Math.floor(most / 3));
  const left = text.length - head.length - tail.length;
  return `${head}\n[… ${isCut ? "more than " : ""}${left} characters left out.${where}]\n${tail}`.trimEnd();
}
