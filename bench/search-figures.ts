import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../src/core/clock.ts";
import { openSqliteStore } from "../src/store/sqlite/open-sqlite-store.ts";
import type { SqliteStore } from "../src/store/sqlite/sqlite-store.ts";
import { newBatch, newMessage } from "../test/support/store-fixture.ts";
import type { Figure } from "./figure.ts";

const texts = 100_000;
const wordsEach = 60;
const vocabulary = 20_000;
const rounds = 40;

/** Searches among a hundred thousand texts: words as rare as words are, and one that stands in all of them. */
export async function measureSearch(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), "profclaw-search-"));
  const path = { path: join(folder, "profclaw.db"), artifactsPath: join(folder, "artifacts") };
  const store = await openSqliteStore({ ...path, clock: systemClock });
  try {
    await fill(store);
    const how = `${texts} texts of ${wordsEach} words, by the store`;
    return [
      await measure(store, {
        name: "search, three words",
        toWords: () => [1, 2, 3].map(toWord).join(" "),
        how,
      }),
      await measure(store, { name: "search, a word of every text", toWords: () => "every", how }),
    ];
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function fill(store: SqliteStore): Promise<void> {
  const batch = newBatch(1);
  await store.acceptBatch(batch);
  const to = batch.sessions[0]?.id ?? "";
  for (let made = 0; made < texts; made += 500) {
    const lot = Array.from({ length: 500 }, () => {
      const content = `every ${Array.from({ length: wordsEach }, toWord).join(" ")}`;
      return store.postMessage(newMessage({ to, content }));
    });
    await Promise.all(lot);
    await store.indexTexts(500);
  }
}

/** Few words are common and most are rare. */
function toWord(): string {
  return `word${Math.floor(Math.random() ** 3 * vocabulary)}`;
}

async function measure(
  store: SqliteStore,
  { name, toWords, how }: { name: string; toWords: () => string; how: string },
): Promise<Figure> {
  const taken: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const startedAt = performance.now();
    await store.searchTexts({ words: toWords(), limit: 20, skip: 0 });
    taken.push(performance.now() - startedAt);
  }
  taken.sort((one, other) => one - other);
  return {
    name: `${name}: p95`,
    value: taken[Math.ceil(rounds * 0.95) - 1] ?? 0,
    unit: "ms",
    below: 100,
    note: how,
  };
}
