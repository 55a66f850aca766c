import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { systemClock } from "../../../src/core/clock.ts";
import type { JournalEvent } from "../../../src/core/journal.ts";
import type { SessionSpec } from "../../../src/core/session.ts";
import { noUsage } from "../../../src/core/usage.ts";
import { openInProcessStore } from "../../../src/store/sqlite/open-in-process-store.ts";
import type { SessionWrite } from "../../../src/store/store.ts";
import { newBatch, newCall, newSettle, newWrite } from "../../support/store-fixture.ts";

export interface FullState {
  database: string;
  artifacts: string;
  cwd: string;
  ended: number;
  running: number;
  turns: number;
}

/** Fills a state folder with sessions as finished and crashed daemons leave them; answers the ids of the running ones. */
export async function fillState(wish: FullState): Promise<string[]> {
  mkdirSync(dirname(wish.database), { recursive: true });
  const store = await openInProcessStore({
    path: wish.database,
    artifactsPath: wish.artifacts,
    clock: systemClock,
  });
  const spec: Partial<SessionSpec> = {
    createdAt: Date.now(),
    cwd: wish.cwd,
    provider: "anthropic",
    model: "claude-sonnet-4-6",
    task: `go on ${"with a long task ".repeat(40)}`,
    tools: [],
  };
  const add = async (count: number, close: (id: string) => SessionWrite[]): Promise<string[]> => {
    const ids: string[] = [];
    for (let left = count; left > 0; left -= 1_000) {
      const batch = newBatch(Math.min(1_000, left), spec);
      await store.acceptBatch(batch);
      for (const { id } of batch.sessions) ids.push(id);
      const writes = batch.sessions.flatMap(({ id }) => [toRun(id, store.epoch, wish.turns), ...close(id)]);
      await Promise.all(writes.map((write) => store.write(write)));
    }
    return ids;
  };
  await add(wish.ended, (id) => [newSettle(id, { at: Date.now() })]);
  const running = await add(wish.running, () => []);
  await store.close();
  return running;
}

/** Some whole turns, each with words and a price. */
function toRun(id: string, epoch: number, turns: number): SessionWrite {
  const events: JournalEvent[] = [{ type: "session-start", epoch }];
  for (let turn = 1; turn <= turns; turn += 1) {
    const text = `turn ${turn} ${"says a thing ".repeat(80)}`;
    events.push(
      { type: "turn-start", turn, reservedMicroUsd: 0, reservedTokens: 0 },
      {
        type: "turn-end",
        turn,
        content: [{ type: "text", text }],
        finish: "other",
        usage: noUsage,
        costMicroUsd: 10,
        price: null,
        durationMs: 5,
      },
      { type: "repair-request", text: "go on" },
    );
  }
  const calls = Array.from({ length: turns }, (_, index) => newCall({ turn: index + 1 }));
  return newWrite(id, { events, patch: { status: "running", turns }, calls, at: Date.now() });
}
