import { afterEach, expect, test } from "vitest";
import type { CallContext } from "../../../src/contract/implement.ts";
import type { SessionView } from "../../../src/contract/shapes.ts";
import { type InProcessDaemon, admin, startInProcessDaemon } from "../../support/daemon/in-process-daemon.ts";
import type { ModelScript } from "../../support/model-server/reply.ts";

let daemon: InProcessDaemon;

async function start(script: ModelScript): Promise<void> {
  daemon = await startInProcessDaemon(script);
}

afterEach(async () => {
  const { violations } = daemon.model;
  await daemon.close();
  expect(violations).toEqual([]);
});

async function ended(id: string | undefined): Promise<SessionView> {
  const [view] = await daemon.untilEnded([id ?? ""]);
  if (view === undefined) throw new Error("no session");
  return view;
}

/** Three turns with a tool each, then an answer that says what was heard last. */
const threeSteps: ModelScript = ({ turn, lastUserText }) =>
  turn < 3
    ? { thinking: `step ${turn}`, toolCalls: [{ name: "list_dir", input: { path: "." } }] }
    : { text: `turn ${turn}: ${lastUserText}` };

test("a retry is the same session from its beginning, under its own id and cost", async () => {
  await start(() => ({ text: "same" }));
  const labels = { team: "a" };
  const [id = ""] = await daemon.spawn([{ task: "t", tools: ["grep"], labels, max_turns: 7, name: "n" }]);
  const first = await ended(id);
  const { sessions, batch_id } = await daemon.handlers.retrySession({ id }, admin);
  const second = await ended(sessions[0]?.id);
  expect(second).toMatchObject({ retry_of: id, task: "t", tools: ["grep"], labels, name: "n", turns: 1 });
  expect(second.id).not.toBe(id);
  expect(batch_id).not.toBe(first.batch_id);
  expect(second.usage).toEqual(first.usage);
});

test("a retry may take another model; one that is unknown is refused before anything starts", async () => {
  await start(() => ({ text: "x" }));
  const [id = ""] = await daemon.spawn([{}]);
  await ended(id);
  const { sessions } = await daemon.handlers.retrySession({ id, model: "claude-opus-4-6" }, admin);
  expect((await ended(sessions[0]?.id)).model).toBe("claude-opus-4-6");
  await expect(daemon.handlers.retrySession({ id, provider: "nobody" }, admin)).rejects.toMatchObject({
    code: "unknown-provider",
  });
});

test("a fork begins with the turns of its source, has not paid for them, and may take as many turns", async () => {
  await start(threeSteps);
  const [id = ""] = await daemon.spawn([{ task: "source", max_turns: 4 }]);
  await ended(id);
  const calls = daemon.model.requests.length;
  const { sessions } = await daemon.handlers.forkSession({ id, turn: 2, message: "go elsewhere" }, admin);
  const fork = await ended(sessions[0]?.id);
  expect(fork).toMatchObject({ forked_from: { id, turn: 2 }, status: "completed", turns: 4 });
  expect(daemon.model.requests.length - calls).toBe(2);
  const asked = daemon.model.requests[calls];
  expect(asked).toMatchObject({ turn: 2, firstUserText: "source" });
  expect(JSON.stringify(asked?.messages)).toContain("go elsewhere");
  const given = daemon.model.requests.slice(calls).length;
  const rows = (await daemon.handlers.getCost({ group_by: "session", limit: 1_000 }, admin)).rows;
  expect(rows.find(({ key }) => key.includes(fork.id))).toMatchObject({ calls: given });
});

test("a fork of a completed session's last turn goes on with what it is told, and needs to be told something", async () => {
  await start(threeSteps);
  const [id = ""] = await daemon.spawn([{ task: "source" }]);
  await ended(id);
  await expect(daemon.handlers.forkSession({ id }, admin)).rejects.toMatchObject({ pointer: "message" });
  const { sessions } = await daemon.handlers.forkSession({ id, message: "and now?" }, admin);
  expect((await ended(sessions[0]?.id)).result?.text).toBe("turn 4: and now?");
  const again = await daemon.handlers.forkSession({ id: sessions[0]?.id ?? "", turn: 3 }, admin);
  const fork = await ended(again.sessions[0]?.id);
  expect(fork.result?.text).toContain("turn 3: ");
  expect(daemon.model.requests.at(-1)?.firstUserText).toBe("source");
});

test("a turn that is not there is refused with the range", async () => {
  await start(threeSteps);
  const [id = ""] = await daemon.spawn([{}]);
  await ended(id);
  for (const turn of [0, 5, -1]) {
    const fork = daemon.handlers.forkSession({ id, turn, message: "x" }, admin);
    await expect(fork).rejects.toMatchObject({ message: expect.stringContaining("1 to 4"), pointer: "turn" });
  }
});

test("a fork of a session whose command was cut off is told that nothing is known of it", async () => {
  await start(({ turn, toolResults }) =>
    turn === 0
      ? { toolCalls: [{ name: "bash", input: { command: "sleep 30" } }] }
      : { text: toolResults[0]?.text ?? "" },
  );
  const [id = ""] = await daemon.spawn([{ permission_mode: "full" }]);
  await daemon.until(id, (view) => view.activity?.includes("sleep") === true);
  const { sessions } = await daemon.handlers.forkSession({ id }, admin);
  expect((await ended(sessions[0]?.id)).result?.text).toContain("it may have happened");
  await daemon.handlers.cancelSession({ id }, admin);
});

test("the same key copies once; a caller without a token copies nothing of level full", async () => {
  await start(() => ({ text: "x" }));
  const [id = ""] = await daemon.spawn([{ permission_mode: "full" }]);
  await ended(id);
  const input = { id, idempotency_key: "k" };
  const first = await daemon.handlers.retrySession(input, admin);
  const second = await daemon.handlers.retrySession(input, admin);
  expect(second.sessions[0]?.id).toBe(first.sessions[0]?.id);
  await ended(first.sessions[0]?.id);
  const local: CallContext = { ...admin, caller: { kind: "local" } };
  const copies = [
    () => daemon.handlers.retrySession({ id }, local),
    () => daemon.handlers.forkSession({ id, message: "x" }, local),
    () => daemon.handlers.resumeSession({ id, message: "x" }, local),
  ];
  for (const copy of copies) await expect(copy()).rejects.toMatchObject({ code: "policy-denied" });
});
