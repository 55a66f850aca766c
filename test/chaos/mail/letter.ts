/** One message of the suite: its text is known by its id, wherever it is seen. */
export interface Letter {
  /** `p3-s1-17`: from, to, and its number among those of this pair, counted from 0; `b…` is a broadcast. */
  id: string;
  from: string;
  to: string;
  number: number;
  content: string;
}

/** Tells a listening session that it has heard enough. */
export const stopWord = "(( stop listening ))";

export function toLetter(
  from: string,
  to: string,
  { number, size }: { number: number; size: number },
): Letter {
  const id = `${from}-${to}-${number}`;
  return { id, from, to, number, content: `((${id}))${"=".repeat(size)}((/${id}))` };
}

/** The ids of all letters that stand whole in a text, in their order, as often as they stand there. */
export function listLetters(text: string): string[] {
  return [...text.matchAll(/\(\(([psb]\d+-[ps]\d+-\d+)\)\)=*\(\(\/\1\)\)/g)].map(([, id = ""]) => id);
}

export function parseLetterId(id: string): { from: string; to: string; number: number } {
  const [from = "", to = "", number = ""] = id.split("-");
  return { from, to, number: Number(number) };
}
