import { assert, integer, nat, property, record, string, uniqueArray } from "fast-check";
import { expect, test } from "vitest";
import { pageOf } from "../../../src/operations/page-of.ts";

interface Row {
  cost: number;
  key: string;
}

const keyOf = ({ cost, key }: Row): (string | number)[] => [-cost, key];

function readAll(rows: readonly Row[], limit: number): Row[] {
  const found: Row[] = [];
  let cursor: string | undefined;
  do {
    const page = pageOf(rows, { cursor, limit, keyOf });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    found.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return found;
}

test("all pages together are the whole list in its order, each item once, whatever the size of a page", () => {
  const rows = uniqueArray(record({ cost: nat(20), key: string({ unit: "binary" }) }), {
    selector: ({ key }) => key,
  });
  assert(
    property(rows, integer({ min: 1, max: 7 }), (list, limit) => {
      const all = readAll(list, limit);
      expect(new Set(all)).toEqual(new Set(list));
      expect(all).toHaveLength(list.length);
      expect(all.map(({ cost }) => cost)).toEqual(all.map(({ cost }) => cost).toSorted((a, b) => b - a));
    }),
  );
});

test("what goes between two pages, also the one that the cursor stands for, loses and repeats nothing", () => {
  const rows = ["a", "b", "c", "d"].map((key) => ({ cost: 1, key }));
  const first = pageOf(rows, { limit: 2, keyOf });
  const left = rows.filter(({ key }) => key !== "b");
  const second = pageOf(left, { cursor: first.nextCursor ?? "", limit: 2, keyOf });
  expect(second).toEqual({ items: [rows[2], rows[3]], nextCursor: null });
});

test.each(["x", "e30", "WyJhIl0", Buffer.from("[null,null]").toString("base64url")])(
  "a cursor that it never gave is refused: %s",
  (cursor) => {
    const rows = [{ cost: 1, key: "a" }];
    expect(() => pageOf(rows, { cursor, limit: 1, keyOf })).toThrow(/This cursor is unknown/);
  },
);
