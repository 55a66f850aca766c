import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { systemClock } from "../../src/core/clock.ts";
import type { JournalEvent } from "../../src/core/journal.ts";
import { openInProcessStore } from "../../src/store/sqlite/open-in-process-store.ts";
import { acceptOne, newWrite } from "./store-fixture.ts";

const perWrite = 2_000;

/**
 * Fills a state folder with one session that was cut off by a crash after so many journal entries; answers
 * its id. It was parked and went on over and over: its history, which a model gets, is short.
 */
export async function fillLongLog(home: string, wish: { entries: number; cwd: string }): Promise<string> {
  const path = join(home, "profclaw.db");
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const store = await openInProcessStore({
    path,
    artifactsPath: join(home, "artifacts"),
    clock: systemClock,
  });
  const { id } = await acceptOne(store, {
    task: "hang",
    cwd: wish.cwd,
    provider: "anthropic",
    model: "claude-sonnet-4-6",
    tools: [],
    timeoutMs: 3_600_000,
    createdAt: Date.now(),
  });
  const start: JournalEvent = { type: "session-start", epoch: store.epoch };
  await store.write(newWrite(id, { events: [start], patch: { status: "running" }, at: Date.now() }));
  // The acceptance is an entry too.
  for (let left = wish.entries - 2; left > 0; left -= perWrite) {
    const events = Array.from({ length: Math.min(perWrite, left) }, (_, at): JournalEvent =>
      at % 2 === 0
        ? {
            type: "wait-start",
            wait: { on: "cool-down", untilMs: Date.now(), detail: "429 of the provider" },
          }
        : { type: "wait-end" },
    );
    await store.write(newWrite(id, { events, at: Date.now() }));
  }
  await store.close();
  return id;
}
