/** A word that may come next, and what it is. */
export interface Candidate {
  value: string;
  about: string;
}

/** What may come next: words of ours, or what the shell itself knows best. */
export type Completion =
  | { kind: "words"; words: readonly Candidate[] }
  | { kind: "files" }
  | { kind: "folders" };

/** Words without a description. */
export function toCandidates(values: readonly string[], about = ""): Candidate[] {
  return values.map((value) => ({ value, about }));
}
