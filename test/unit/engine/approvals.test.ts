import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { AnswerInput, ApprovalView } from "../../../src/contract/approval-operations.ts";
import type { SessionView } from "../../../src/contract/shapes.ts";
import { type InProcessDaemon, admin, startInProcessDaemon } from "../../support/daemon/in-process-daemon.ts";
import type { ModelScript, ParsedRequest, Reply } from "../../support/model-server/reply.ts";

let daemon: InProcessDaemon;

async function start(script: ModelScript, env: Record<string, string> = {}): Promise<void> {
  daemon = await startInProcessDaemon(script, env);
}

afterEach(() => daemon.close());

/** Runs these commands in its first turn, then says what came of each. */
function runs(...commands: string[]) {
  return ({ turn, toolResults }: ParsedRequest): Reply =>
    turn === 0
      ? { toolCalls: commands.map((command) => ({ name: "bash", input: { command } })) }
      : { text: toolResults.map(({ text }) => text).join(" | ") };
}

const isAsking = (view: SessionView): boolean => view.approvals.length > 0;

function answer(id: string, n: number, more: Partial<AnswerInput> = {}): Promise<ApprovalView> {
  return daemon.handlers.answerApproval({ id, n: String(n), verdict: "allow", ...more }, admin);
}

/** What `>>` has written: one line for each time that it ran. */
function linesOf(name: string): string[] {
  const path = join(daemon.workspace, name);
  return existsSync(path) ? readFileSync(path, "utf8").trimEnd().split("\n") : [];
}

test("P10: an ask parks the session without a slot, and a yes runs exactly that call, once", async () => {
  await start(runs("echo done | tee -a log"), { POOL_MAX_CONCURRENT: "1" });
  const [id = ""] = await daemon.spawn([{ task: "asks" }]);
  const view = await daemon.until(id, isAsking);
  expect(view).toMatchObject({ status: "waiting", reason: "approval" });
  expect(view.approvals).toMatchObject([
    { number: 1, tool: "bash", what: "command: echo done | tee -a log" },
  ]);
  expect(daemon.parts.engine.poolState()).toMatchObject({ running: 0, waiting: 1 });
  const { approvals } = await daemon.handlers.listApprovals({ status: "open", limit: 10 }, admin);
  expect(approvals).toMatchObject([{ session_id: id, number: 1, status: "open", truncated: false }]);
  expect(linesOf("log")).toEqual([]);
  const answered = await answer(id, 1, { sha256: approvals[0]?.sha256 });
  expect(answered).toMatchObject({ status: "allowed", answered_by: "person" });
  const [ended] = await daemon.untilEnded([id]);
  expect(ended?.result?.text).toBe("done");
  expect(linesOf("log")).toEqual(["done"]);
  expect((await daemon.handlers.listApprovals({ status: "open", limit: 10 }, admin)).approvals).toEqual([]);
});

test("P10: a no, with words, is what the model is told; nothing was done", async () => {
  await start(runs("touch made"));
  const [id = ""] = await daemon.spawn([{ task: "asks" }]);
  await daemon.until(id, isAsking);
  await answer(id, 1, { verdict: "deny", text: "use the Makefile" });
  const [ended] = await daemon.untilEnded([id]);
  expect(ended?.result?.text).toContain("the answer was no: use the Makefile");
  expect(linesOf("made")).toEqual([]);
});

test("P10: nobody's answer is a no, and the model is told how long was waited", async () => {
  await start(runs("touch made"), { PROFCLAW_APPROVAL_TIMEOUT_MS: "150" });
  const [id = ""] = await daemon.spawn([{ task: "asks" }]);
  const [ended] = await daemon.untilEnded([id]);
  expect(ended?.result?.text).toContain("nobody answered within 150ms");
  expect(linesOf("made")).toEqual([]);
  await expect(answer(id, 1)).rejects.toMatchObject({
    code: "approval-closed",
    message: expect.stringContaining("denied by deadline"),
  });
});

test("with 0 nobody is asked, and the model is told at once", async () => {
  await start(runs("touch made"), { PROFCLAW_APPROVAL_TIMEOUT_MS: "0" });
  const [id = ""] = await daemon.spawn([{ task: "asks" }]);
  const [ended] = await daemon.untilEnded([id]);
  expect(ended?.result?.text).toContain("asks nobody");
});

test("calls that need no leave are done first, and never twice; each answer counts for itself", async () => {
  await start(runs("cat here.txt", "printf 'a\\n' >> a.log", "printf 'b\\n' >> b.log"));
  writeFileSync(join(daemon.workspace, "here.txt"), "here");
  const [id = ""] = await daemon.spawn([{ task: "asks", permission_mode: "ask" }]);
  await daemon.until(id, (view) => view.approvals.length === 2);
  const results = await eventsOf(id, "tool-result");
  expect(results).toHaveLength(1);
  await answer(id, 2);
  await expect.poll(() => linesOf("b.log")).toEqual(["b"]);
  await daemon.until(id, (view) => view.approvals.length === 1);
  expect(linesOf("a.log")).toEqual([]);
  await answer(id, 1);
  const [ended] = await daemon.untilEnded([id]);
  expect(ended?.status).toBe("completed");
  expect([linesOf("a.log"), linesOf("b.log")]).toEqual([["a"], ["b"]]);
  expect(await eventsOf(id, "tool-result")).toHaveLength(3);
});

async function eventsOf(id: string, type: string): Promise<unknown[]> {
  const { events } = await daemon.handlers.getSessionEvents({ id, after: 0, limit: 1_000 }, admin);
  return events.filter((event) => event.type === type);
}

test("P10: an ask survives a crash, and so does an answer that nobody has acted on", async () => {
  await start(runs("printf 'x\\n' >> log"));
  const [id = ""] = await daemon.spawn([{ task: "asks" }]);
  await daemon.until(id, isAsking);
  await daemon.crash();
  await daemon.until(id, isAsking);
  // Into the store alone: as if the daemon had died between the answer and the wake-up.
  await daemon.store.answerApproval({
    sessionId: id,
    number: 1,
    at: Date.now(),
    verdict: "allow",
    by: "person",
    text: null,
    key: null,
    rules: [],
  });
  await daemon.crash();
  const [ended] = await daemon.untilEnded([id]);
  expect(ended?.status).toBe("completed");
  expect(linesOf("log")).toEqual(["x"]);
  expect(daemon.model.requests).toHaveLength(2);
});

test("P10: a deadline that passes while no daemon runs is a no at the next start", async () => {
  await start(runs("touch made"), { PROFCLAW_APPROVAL_TIMEOUT_MS: "300" });
  const [id = ""] = await daemon.spawn([{ task: "asks" }]);
  await daemon.until(id, isAsking);
  await daemon.parts.engine.drain(0);
  await new Promise((resolve) => setTimeout(resolve, 400));
  await daemon.crash();
  const [ended] = await daemon.untilEnded([id]);
  expect(ended?.result?.text).toContain("nobody answered within 300ms");
});

test("P10: of two answers at once one wins, and the other is told who and when", async () => {
  await start(runs("printf 'x\\n' >> log"));
  const [id = ""] = await daemon.spawn([{ task: "asks" }]);
  await daemon.until(id, isAsking);
  const both = await Promise.allSettled([answer(id, 1), answer(id, 1, { verdict: "deny" }), answer(id, 1)]);
  expect(both.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
  expect(both[1]).toMatchObject({
    reason: { code: "approval-closed", message: expect.stringMatching(/was allowed by person at 20\d\d-/) },
  });
  await daemon.untilEnded([id]);
  expect(linesOf("log")).toEqual(["x"]);
  await expect(answer(id, 1)).rejects.toMatchObject({ code: "approval-closed" });
  await expect(answer(id, 2)).rejects.toMatchObject({ code: "not-found" });
});

test("an answer for other bytes than those that wait is refused", async () => {
  await start(runs("touch made"));
  const [id = ""] = await daemon.spawn([{ task: "asks" }]);
  await daemon.until(id, isAsking);
  await expect(answer(id, 1, { sha256: "0".repeat(64) })).rejects.toMatchObject({ code: "approval-closed" });
  expect((await daemon.handlers.getApproval({ id, n: "1" }, admin)).status).toBe("open");
});

test("a session that is cancelled while it waits runs nothing, and answers come too late", async () => {
  await start(runs("touch made"));
  const [id = ""] = await daemon.spawn([{ task: "asks" }]);
  await daemon.until(id, isAsking);
  await daemon.handlers.cancelSession({ id }, admin);
  await expect(answer(id, 1)).rejects.toMatchObject({ code: "session-ended" });
  expect((await daemon.handlers.getApproval({ id, n: "1" }, admin)).status).toBe("closed");
  expect(linesOf("made")).toEqual([]);
});

test("200 sessions ask at once; every one is answered and does its own once", async () => {
  await start(({ turn, firstUserText: mark }) =>
    turn === 0
      ? { toolCalls: [{ name: "bash", input: { command: `printf '${mark}\\n' >> log` } }] }
      : { text: "done" },
  );
  const ids = await daemon.spawn(Array.from({ length: 200 }, (_, index) => ({ task: `s${index}` })));
  await Promise.all(ids.map((id) => daemon.until(id, isAsking, 60_000)));
  const page = await daemon.handlers.listApprovals({ status: "open", limit: 150 }, admin);
  expect(page.approvals).toHaveLength(150);
  const rest = await daemon.handlers.listApprovals(
    { status: "open", limit: 150, cursor: page.next_cursor ?? "" },
    admin,
  );
  expect(rest).toMatchObject({ approvals: { length: 50 }, next_cursor: null });
  await Promise.all(ids.map((id) => answer(id, 1)));
  await daemon.untilEnded(ids, 60_000);
  expect(linesOf("log").toSorted()).toEqual(ids.map((_, index) => `s${index}`).toSorted());
}, 120_000);

test("an argument of 1 MB is shown by its beginning, hashed and written whole", async () => {
  const content = `${"line of text\n".repeat(80_000)}the end`;
  await start(({ turn }) =>
    turn === 0
      ? { toolCalls: [{ name: "write_file", input: { path: "large.txt", content } }] }
      : { text: "done" },
  );
  const [id = ""] = await daemon.spawn([{ task: "writes", permission_mode: "ask" }]);
  await daemon.until(id, isAsking);
  const { approvals } = await daemon.handlers.listApprovals({ status: "open", limit: 10 }, admin);
  expect(approvals).toMatchObject([{ truncated: true, rule: expect.stringContaining("large.txt") }]);
  expect(approvals[0]?.size_bytes).toBeGreaterThan(1_000_000);
  const whole = await daemon.handlers.getApproval({ id, n: "1" }, admin);
  expect(whole.truncated).toBe(false);
  expect(whole.text).toContain("the end\nreal path: ");
  await answer(id, 1, { sha256: whole.sha256 });
  await daemon.untilEnded([id]);
  expect(readFileSync(join(daemon.workspace, "large.txt"), "utf8")).toBe(content);
});
