import type { JournalEntryView } from "../contract/shapes.ts";
import type { JsonValue } from "../core/json.ts";

/** What has more members than this, or lies deeper, is shown to nobody piece by piece. */
const mostMembers = 1_000;
const deepest = 32;

/**
 * An entry none of whose texts has more than about `longest` characters: of a longer one its beginning and its end,
 * and between them how much is left out. What is huge without one long text comes as its JSON, shortened in the same
 * way. The same object where nothing was too long.
 */
export function withShortTexts(entry: JournalEntryView, longest: number): JournalEntryView {
  let cut = 0;
  const shortenText = (text: string): string => {
    const short = toShortText(text, longest);
    cut += text.length - short.length;
    return short;
  };
  const shorten = (value: JsonValue, depth: number): JsonValue => {
    if (typeof value === "string") return shortenText(value);
    if (value === null || typeof value !== "object") return value;
    const members = Object.entries(value);
    if (members.length > mostMembers || depth === deepest) {
      const json = JSON.stringify(value);
      return json.length > longest ? shortenText(json) : value;
    }
    if (Array.isArray(value)) return value.map((inner) => shorten(inner, depth + 1));
    return Object.fromEntries(members.map(([key, inner]) => [key, shorten(inner, depth + 1)]));
  };
  const data = shorten(entry.data, 0);
  return cut === 0 ? entry : { ...entry, data, cut_characters: cut };
}

function toShortText(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const half = Math.floor(longest / 2);
  // Never through the middle of a character of two units.
  const start = text.slice(0, half).replace(/[\ud800-\udbff]$/, "");
  const end = text.slice(-half).replace(/^[\udc00-\udfff]/, "");
  const short = `${start}\n[… ${text.length - start.length - end.length} characters left out …]\n${end}`;
  return short.length < text.length ? short : text;
}
