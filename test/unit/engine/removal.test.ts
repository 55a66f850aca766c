import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { CallContext } from "../../../src/contract/implement.ts";
import { keptMs } from "../../../src/core/retention.ts";
import { type InProcessDaemon, admin, startInProcessDaemon } from "../../support/daemon/in-process-daemon.ts";
import type { ModelScript } from "../../support/model-server/reply.ts";

let daemon: InProcessDaemon;

async function start(script: ModelScript): Promise<void> {
  daemon = await startInProcessDaemon(script);
}

afterEach(async () => {
  await daemon.close();
});

const long = "a long result. ".repeat(4_000);

function listArtifacts(): string[] {
  return readdirSync(join(daemon.home, "artifacts"));
}

test("an ended session goes with its journal, mail and artifacts; what it cost stays", async () => {
  await start(() => ({ text: long }));
  const [id = "", other = ""] = await daemon.spawn([{}, {}]);
  const [view] = await daemon.untilEnded([id, other]);
  const before = await daemon.handlers.getCost({ group_by: "day", limit: 1_000 }, admin);
  expect(listArtifacts()).toHaveLength(2);
  const removal = await daemon.handlers.removeSession({ id: id.slice(0, 12) }, admin);
  expect(removal).toEqual({ removed: [id], artifacts: 1, worktrees_kept: [] });
  expect(listArtifacts()).toHaveLength(1);
  await expect(daemon.handlers.getSession({ id }, admin)).rejects.toMatchObject({ code: "not-found" });
  const mail = await daemon.store.listMessages({ to: view?.batch_id ?? "", unackedOnly: false, limit: 9 });
  expect(mail.map(({ from }) => from)).toEqual([other]);
  const after = await daemon.handlers.getCost({ group_by: "day", limit: 1_000 }, admin);
  expect({ ...after, to: "" }).toEqual({ ...before, to: "" });
  await expect(daemon.handlers.removeSession({ id }, admin)).rejects.toMatchObject({ code: "not-found" });
});

test("what lives stays, and so does what was started together with it", async () => {
  await start(({ firstUserText }) => (firstUserText === "stay" ? { hang: true } : { text: "done" }));
  const [alive = "", done = ""] = await daemon.spawn([{ task: "stay" }, { task: "go" }]);
  await daemon.untilEnded([done]);
  for (const id of [alive, done]) {
    const removal = daemon.handlers.removeSession({ id }, admin);
    await expect(removal).rejects.toMatchObject({
      code: "session-alive",
      hint: expect.stringContaining("agent stop"),
    });
  }
  await daemon.handlers.cancelSession({ id: alive }, admin);
  const removal = await daemon.handlers.removeSession({ id: done }, admin);
  expect(removal.removed).toEqual([done]);
});

test("a tree goes with its top, and a caller without a token removes nothing of level full", async () => {
  await start(({ firstUserText, turn }) =>
    firstUserText === "lead" && turn === 0
      ? { toolCalls: [{ name: "sessions_spawn", input: { sessions: [{ task: "a" }, { task: "b" }] } }] }
      : { text: "done" },
  );
  const [id = ""] = await daemon.spawn([{ task: "lead" }]);
  await daemon.untilEnded([id]);
  const { removed } = await daemon.handlers.removeSession({ id }, admin);
  expect(removed).toHaveLength(3);
  expect((await daemon.handlers.listSessions({ limit: 9 }, admin)).sessions).toEqual([]);
  const [full = ""] = await daemon.spawn([{ permission_mode: "full" }]);
  await daemon.untilEnded([full]);
  const local: CallContext = { ...admin, caller: { kind: "local" } };
  const removal = daemon.handlers.removeSession({ id: full }, local);
  await expect(removal).rejects.toMatchObject({ code: "policy-denied" });
});

test("of rm and resume at once one wins, and nothing is half there", async () => {
  await start(() => ({ text: "done" }));
  const ids = await daemon.spawn(Array.from({ length: 8 }, () => ({})));
  await daemon.untilEnded(ids);
  const [only = ""] = ids;
  const outcomes = await Promise.allSettled([
    daemon.handlers.removeSession({ id: only }, admin),
    daemon.handlers.resumeSession({ id: only, message: "more" }, admin),
  ]);
  const won = outcomes.filter(({ status }) => status === "fulfilled");
  expect(won).toHaveLength(1);
  if (outcomes[1].status === "fulfilled") await daemon.untilEnded([only]);
});

test("gc says what it would delete, deletes exactly that, and leaves what is younger", async () => {
  await start(() => ({ text: long }));
  const old = await daemon.spawn([{}, {}, {}]);
  await daemon.untilEnded(old);
  const closed = await daemon.handlers.openThread(
    { title: "done with", text: "it was", urgency: "normal" },
    admin,
  );
  await daemon.handlers.closeThread({ id: closed.id }, admin);
  const left = await daemon.handlers.openThread(
    { title: "still open", text: "it is", urgency: "normal" },
    admin,
  );
  const dry = { dry_run: true };
  expect(await daemon.handlers.collectGarbage(dry, admin)).toMatchObject({
    sessions: 0,
    artifacts: 0,
    threads: 0,
  });
  const clock = daemon.parts.clock;
  daemon.parts.clock = { ...clock, now: () => clock.now() + keptMs + 1_000 };
  const plan = await daemon.handlers.collectGarbage(dry, admin);
  expect(plan).toMatchObject({
    dry_run: true,
    sessions: 3,
    artifacts: 3,
    artifact_bytes: 3 * long.length,
    threads: 1,
  });
  expect(plan.journal_bytes).toBeGreaterThan(3 * long.length);
  expect(await daemon.handlers.collectGarbage({ dry_run: false }, admin)).toEqual({
    ...plan,
    dry_run: false,
    ended_before: expect.any(String),
  });
  expect(await daemon.handlers.collectGarbage(dry, admin)).toMatchObject({ sessions: 0, threads: 0 });
  const threads = await daemon.handlers.listThreads({ limit: 10 }, admin);
  expect(threads.threads.map(({ id }) => id)).toEqual([left.id]);
});
