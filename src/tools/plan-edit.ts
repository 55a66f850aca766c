/** One passage to replace in a file's bytes. */
export interface EditRequest {
  path: string;
  bytes: Uint8Array;
  oldText: string;
  newText: string;
}

/** The file's text before and after, and the line where it changes; or why it can not be changed. */
export type EditPlan =
  | { kind: "planned"; before: string; after: string; line: number }
  | { kind: "refused"; reason: string };

/** Finds the one place that an edit means. Pure: reads and writes nothing. */
export function planEdit({ path, bytes, oldText, newText }: EditRequest): EditPlan {
  const before = decode(bytes);
  if (before === undefined) return refuse(`${path} is not UTF-8 text and can not be edited.`);
  if (oldText === newText) return refuse("old_text and new_text are the same: there is nothing to change.");
  // Models write \n; a file with CRLF means the same passage with its own line ends.
  const isForeign = !before.includes(oldText) && before.includes("\r\n") && !oldText.includes("\r");
  const wanted = isForeign ? oldText.replaceAll("\n", "\r\n") : oldText;
  const put = isForeign ? newText.replaceAll("\r\n", "\n").replaceAll("\n", "\r\n") : newText;
  const places = findPlaces(before, wanted);
  const [place] = places;
  if (place === undefined) return refuse(describeNoMatch(path, before, oldText));
  if (places.length > 1) return refuse(describeManyMatches(path, before, places));
  const after = before.slice(0, place) + put + before.slice(place + wanted.length);
  return { kind: "planned", before, after, line: toLine(before, place) };
}

function refuse(reason: string): EditPlan {
  return { kind: "refused", reason };
}

/** Undefined if the text would not come back as the same bytes. */
function decode(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Overlapping ones too: "aa" is in "aaa" twice, and no one of them is meant. */
function findPlaces(text: string, wanted: string): number[] {
  const places: number[] = [];
  for (let at = text.indexOf(wanted); at !== -1 && places.length < 1_000; at = text.indexOf(wanted, at + 1)) {
    places.push(at);
  }
  return places;
}

function toLine(text: string, place: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < place; at = text.indexOf("\n", at + 1)) line += 1;
  return line;
}

function describeManyMatches(path: string, text: string, places: readonly number[]): string {
  const shown = places.slice(0, 20).map((place) => toLine(text, place));
  const more = places.length > shown.length ? " and more" : "";
  return (
    `old_text occurs ${places.length} times in ${path}, at lines ${shown.join(", ")}${more}. ` +
    "Nothing was changed. Add lines around it until it occurs once."
  );
}

function describeNoMatch(path: string, text: string, oldText: string): string {
  const near = findNearLine(text, oldText);
  const hint =
    near === undefined
      ? "Read the file and copy the passage exactly, without the line numbers."
      : `Line ${near} is alike but differs in blanks, or what follows it does: copy the passage exactly.`;
  return `old_text does not occur in ${path}. Nothing was changed. ${hint}`;
}

/** The line that holds the passage's first words, blanks aside. */
function findNearLine(text: string, oldText: string): number | undefined {
  const first = oldText
    .split("\n")
    .map(squeeze)
    .find((line) => line !== "");
  if (first === undefined) return undefined;
  const index = text.split("\n").findIndex((line) => squeeze(line).includes(first));
  return index === -1 ? undefined : index + 1;
}

function squeeze(line: string): string {
  return line.replace(/\s+/g, " ").trim();
}
