import { listLetters, parseLetterId } from "../mail/letter.ts";
import { type Breach, toBreaches } from "./breach.ts";

/** All that one addressee got, in order, by its own account. */
export interface Heard {
  name: string;
  letters: string[];
  /** Letters that came again after they were acked. */
  repeated: string[];
}

/** P4: every letter that was accepted is there, whole, at its addressee only; in order; not again after its ack. */
export function findLostMail(
  accepted: ReadonlyMap<string, readonly string[]>,
  heard: readonly Heard[],
): Breach[] {
  const lost = heard.flatMap(({ name, letters }) => {
    const known = new Set(letters);
    return (accepted.get(name) ?? []).filter((id) => !known.has(id));
  });
  const strange = heard.flatMap(({ name, letters }) =>
    letters.filter((id) => accepted.get(name)?.includes(id) !== true).map((id) => `${name} got ${id}`),
  );
  return [
    ...toBreaches("accepted messages lost", lost),
    ...toBreaches("messages only to their addressee", strange),
    ...toBreaches("messages in the order of their pair", heard.flatMap(findDisorder)),
    ...toBreaches(
      "messages repeated after their ack",
      heard.flatMap(({ name, repeated }) => repeated.map((id) => `${name}: ${id}`)),
    ),
  ];
}

/** Of each pair, the first time that each letter came. */
function findDisorder({ name, letters }: Heard): string[] {
  const next = new Map<string, number>();
  return [...new Set(letters)].flatMap((id) => {
    const { from, number } = parseLetterId(id);
    const expected = next.get(from) ?? 0;
    next.set(from, Math.max(expected, number + 1));
    return number >= expected ? [] : [`${name}: ${id} after number ${expected - 1}`];
  });
}

/** What a peer got again after it knew that it was acked. */
export function findRepeated(
  received: readonly string[],
  ackedAt: readonly { text: string; after: number }[],
): string[] {
  return ackedAt.flatMap(({ text, after }) => (received.includes(text, after) ? listLetters(text) : []));
}
