import { createFixedClock } from "../../src/core/clock.ts";
import { openSqliteStore } from "../../src/store/sqlite/open-sqlite-store.ts";
import { newBatch, newWrite, startMs } from "./store-fixture.ts";

// Writes without end to the database given as argument and prints what is on disk: a test kills it.
const path = process.argv[2] ?? "";
const store = await openSqliteStore({
  path,
  artifactsPath: `${path}-artifacts`,
  clock: createFixedClock(startMs),
});
const batch = newBatch(8);
await store.acceptBatch(batch);

async function writeOn(sessionId: string): Promise<never> {
  for (let turn = 1; ; turn += 1) {
    const outcome = await store.write(
      newWrite(sessionId, { events: [{ type: "turn-start", turn, reservedMicroUsd: 0 }] }),
    );
    if (outcome.kind === "written") process.stdout.write(`${sessionId} ${outcome.lastSeq}\n`);
  }
}

await Promise.all(batch.sessions.map(({ id }) => writeOn(id)));
