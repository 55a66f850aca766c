import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { AnswerInput, ApprovalView } from "../../../src/contract/approval-operations.ts";
import type { CallContext } from "../../../src/contract/implement.ts";
import type { SessionView } from "../../../src/contract/shapes.ts";
import { type InProcessDaemon, admin, startInProcessDaemon } from "../../support/daemon/in-process-daemon.ts";
import type { ParsedRequest, Reply } from "../../support/model-server/reply.ts";

let daemon: InProcessDaemon;

afterEach(() => daemon.close());

const isAsking = (view: SessionView): boolean => view.approvals.length > 0;

/** "lead" hangs; the others write a file if their task is its name, else run their task. */
function script({ turn, firstUserText: task, toolResults }: ParsedRequest): Reply {
  if (task === "lead") return { hang: true };
  if (turn > 0) return { text: toolResults.map(({ text }) => text).join(" | ") };
  return task.endsWith(".txt")
    ? { toolCalls: [{ name: "write_file", input: { path: task, content: "x" } }] }
    : { toolCalls: [{ name: "bash", input: { command: task } }] };
}

/** A parent at one level with a child at `ask` that wants what its task says. */
async function startFamily(task: string, level = "auto"): Promise<{ parent: string; child: string }> {
  daemon = await startInProcessDaemon(script);
  const [parent = ""] = await daemon.spawn([{ task: "lead", permission_mode: level }]);
  const sessions = [{ task, provider: "anthropic", permission_mode: "ask" }];
  const batch = await daemon.handlers.createSessions({ sessions, parent }, admin);
  const child = batch.sessions[0]?.id ?? "";
  await daemon.until(child, isAsking);
  return { parent, child };
}

function answerAs(sessionId: string, id: string, more: Partial<AnswerInput> = {}): Promise<ApprovalView> {
  const context: CallContext = { ...admin, caller: { kind: "session", sessionId } };
  return daemon.handlers.answerApproval({ id, n: "1", verdict: "allow", ...more }, context);
}

test("a parent may allow its child what its own level allows without asking", async () => {
  const { parent, child } = await startFamily("made.txt");
  const answered = await answerAs(parent, child);
  expect(answered).toMatchObject({ status: "allowed", answered_by: `session ${parent}` });
  await daemon.untilEnded([child]);
  expect(readFileSync(join(daemon.workspace, "made.txt"), "utf8")).toBe("x");
});

test("a parent can not allow what it would have to ask for, but it can say no", async () => {
  const { parent, child } = await startFamily("touch made");
  await expect(answerAs(parent, child)).rejects.toMatchObject({ code: "policy-denied" });
  await expect(answerAs(parent, child, { always: true })).rejects.toMatchObject({ code: "policy-denied" });
  const answered = await answerAs(parent, child, { verdict: "deny", text: "not now" });
  expect(answered.status).toBe("denied");
  const [ended] = await daemon.untilEnded([child]);
  expect(ended?.result?.text).toContain("not now");
});

test("a parent's own yes counts at most inside its own workspace", async () => {
  const { parent, child } = await startFamily("/tmp/elsewhere-of-profclaw-tests.txt");
  await expect(answerAs(parent, child)).rejects.toMatchObject({ code: "policy-denied" });
  expect(existsSync("/tmp/elsewhere-of-profclaw-tests.txt")).toBe(false);
});

test("a session answers neither for itself nor for a stranger, and nobody without a token", async () => {
  const { parent, child } = await startFamily("made.txt");
  const [stranger = ""] = await daemon.spawn([{ task: "lead", permission_mode: "full" }]);
  for (const who of [child, stranger]) {
    await expect(answerAs(who, child)).rejects.toMatchObject({ code: "policy-denied" });
  }
  const local: CallContext = { ...admin, caller: { kind: "local" } };
  const input = { id: child, n: "1", verdict: "allow" as const };
  await expect(daemon.handlers.answerApproval(input, local)).rejects.toMatchObject({ code: "unauthorized" });
  expect((await daemon.handlers.getApproval({ id: child, n: "1" }, admin)).status).toBe("open");
  await answerAs(parent, child);
});

test("a parent that is cancelled takes a child along that waits for a yes", async () => {
  const { parent, child } = await startFamily("made.txt");
  await daemon.handlers.cancelSession({ id: parent }, admin);
  const [ended] = await daemon.untilEnded([child]);
  expect(ended).toMatchObject({ status: "cancelled", reason: "parent-ended", approvals: [] });
  expect((await daemon.handlers.getApproval({ id: child, n: "1" }, admin)).status).toBe("closed");
  expect(existsSync(join(daemon.workspace, "made.txt"))).toBe(false);
});

test("a turn that asks for leave and spawns: the yes is acted on while the children still run", async () => {
  daemon = await startInProcessDaemon((request) => {
    if (request.firstUserText === "child") return { text: "child is done", delayMs: 1_500 };
    if (request.turn > 0) return { text: request.toolResults.map(({ text }) => text).join(" | ") };
    const sessions = [{ task: "child" }];
    return {
      toolCalls: [
        { name: "sessions_spawn", input: { sessions } },
        { name: "bash", input: { command: "touch made" } },
      ],
    };
  });
  const [id = ""] = await daemon.spawn([{ task: "both" }]);
  await daemon.until(id, isAsking);
  await daemon.handlers.answerApproval({ id, n: "1", verdict: "allow" }, admin);
  await daemon.until(id, (view) => view.reason === "child");
  expect(existsSync(join(daemon.workspace, "made"))).toBe(true);
  const [ended] = await daemon.untilEnded([id]);
  expect(ended?.result?.text).toContain("child is done");
});

test("what was asked before an end is asked again in the next life, under a new number", async () => {
  daemon = await startInProcessDaemon(script);
  const [id = ""] = await daemon.spawn([{ task: "touch made" }]);
  await daemon.until(id, isAsking);
  await daemon.handlers.cancelSession({ id }, admin);
  await daemon.handlers.resumeSession({ id, message: "go on" }, admin);
  const view = await daemon.until(id, isAsking);
  expect(view.approvals.map(({ number }) => number)).toEqual([2]);
  await daemon.handlers.answerApproval({ id, n: "2", verdict: "allow" }, admin);
  await daemon.untilEnded([id]);
  expect(existsSync(join(daemon.workspace, "made"))).toBe(true);
});
