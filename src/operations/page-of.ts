import { ProfclawError } from "../core/errors.ts";

/** A place in an order, ascending from left to right. */
type Key = readonly (string | number)[];

export interface Paging<Item> {
  cursor?: string | undefined;
  limit: number;
  /** Where an item stands; no two at the same place. */
  keyOf: (item: Item) => Key;
}

export interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}

/**
 * One page of a list that is in memory as a whole, in the order of its keys. The cursor is the last item's
 * place, so an item that goes in between loses nothing. Throws invalid-request for a cursor that is none.
 */
export function pageOf<Item>(items: readonly Item[], { cursor, limit, keyOf }: Paging<Item>): Page<Item> {
  const placed = items
    .map((item) => ({ item, key: keyOf(item) }))
    .toSorted((one, other) => compare(one.key, other.key));
  const after = cursor === undefined ? null : parseCursor(cursor, placed[0]?.key ?? []);
  const rest = after === null ? placed : placed.filter(({ key }) => compare(key, after) > 0);
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  const hasMore = last !== undefined && rest.length > page.length;
  return { items: page.map(({ item }) => item), nextCursor: hasMore ? toCursor(last.key) : null };
}

function compare(one: Key, other: Key): number {
  for (const [at, part] of one.entries()) {
    const facing = other[at] ?? part;
    if (part !== facing) return part < facing ? -1 : 1;
  }
  return 0;
}

function toCursor(key: Key): string {
  return Buffer.from(JSON.stringify(key)).toString("base64url");
}

/** `like`: a key of the list, which says what the parts are; an empty list has no page after any. */
function parseCursor(cursor: string, like: Key): Key {
  const key = tryJson(Buffer.from(cursor, "base64url").toString());
  const isKey = Array.isArray(key) && like.every((part, at) => typeof key[at] === typeof part);
  if (isKey) return key as Key;
  throw new ProfclawError(
    "invalid-request",
    "This cursor is unknown. Use next_cursor of the last page as it came.",
    {
      pointer: "cursor",
    },
  );
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
