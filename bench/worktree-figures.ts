import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeRepository } from "../test/support/git-sandbox.ts";
import type { Figure } from "./figure.ts";
import { type Api, createApi } from "./api.ts";
import { toMedian } from "./process-figures.ts";
import { type Stage, openStage, startModel } from "./stage.ts";

const rounds = 15;

/** How long a request takes whose sessions get worktrees, until the 202 is there. */
export async function measureWorktrees(): Promise<Figure[]> {
  await using model = await startModel("echo");
  const clean = await measureAccepting(model.url, () => undefined);
  const dirty = await measureAccepting(model.url, ({ workspace }) => {
    appendFileSync(join(workspace, "f/1.txt"), "edited\n");
    writeFileSync(join(workspace, "new.txt"), "new\n");
  });
  return [...toFigures("clean", clean), ...toFigures("dirty", dirty)];
}

function toFigures(kind: string, { first, later }: { first: number; later: number[] }): Figure[] {
  const name = `POST of 3 writers in a ${kind} git repository`;
  const below = 100;
  return [
    { name: `${name}, the daemon's first`, value: first, unit: "ms", below, note: "1,000 files" },
    { name, value: toMedian(later), unit: "ms", below, note: `median of ${later.length}; 1,000 files` },
  ];
}

async function measureAccepting(
  url: string,
  prepare: (stage: Stage) => void,
): Promise<{ first: number; later: number[] }> {
  await using stage = openStage({ ANTHROPIC_API_KEY: "bench", ANTHROPIC_BASE_URL: url });
  const files = Array.from({ length: 1_000 }, (_, at) => [`f/${at}.txt`, `${at}\n`.repeat(50)] as const);
  makeRepository(stage.workspace, Object.fromEntries(files));
  prepare(stage);
  stage.run("up");
  const api = createApi(stage.daemon());
  const first = await accept(api);
  const later: number[] = [];
  for (let round = 0; round < rounds; round += 1) later.push(await accept(api));
  return { first, later };
}

/** Ms until it is accepted; resolves once all have ended. */
async function accept(api: Api): Promise<number> {
  const sessions = [1, 2, 3].map((at) => ({ task: `task ${at}`, provider: "anthropic" }));
  const startedAt = performance.now();
  const { batch_id: id } = await api.spawn({ sessions });
  const tookMs = performance.now() - startedAt;
  const counts = await api.waitFor(id);
  if (counts["completed"] !== 3) throw new Error(`not all completed: ${JSON.stringify(counts)}`);
  return tookMs;
}
