import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import type { AnswerInput, ApprovalView } from "../../../src/contract/approval-operations.ts";
import type { CallContext } from "../../../src/contract/implement.ts";
import type { SessionView } from "../../../src/contract/shapes.ts";
import { type InProcessDaemon, admin, startInProcessDaemon } from "../../support/daemon/in-process-daemon.ts";

const fakeClaude = fileURLToPath(new URL("../../support/agents/fake-claude.ts", import.meta.url));

let daemon: InProcessDaemon;
let root = "";

afterEach(async () => {
  await daemon.close();
  rmSync(root, { recursive: true, force: true });
});

const isAsking = ({ status, approvals }: SessionView): boolean =>
  status === "waiting" && approvals.length > 0;

/** A parent of ours at `auto` that hangs, with a claude below it at `ask` that wants what its task says. */
async function startFamily(task: string): Promise<{ parent: string; child: string }> {
  root = mkdtempSync(join(tmpdir(), "profclaw-asks-"));
  mkdirSync(join(root, "bin"));
  const shim = `#!/bin/sh\nexec "${process.execPath}" "${fakeClaude}" "$@"\n`;
  writeFileSync(join(root, "bin", "claude"), shim, { mode: 0o755 });
  const path = `${join(root, "bin")}:${process.env["PATH"] ?? ""}`;
  daemon = await startInProcessDaemon(() => ({ hang: true }), { PATH: path });
  const [parent = ""] = await daemon.spawn([{ task: "lead", permission_mode: "auto" }]);
  const sessions = [{ task, agent: "claude", permission_mode: "ask" }];
  const batch = await daemon.handlers.createSessions({ sessions, parent }, admin);
  const child = batch.sessions[0]?.id ?? "";
  await daemon.until(child, isAsking);
  return { parent, child };
}

function answerAs(sessionId: string, id: string, more: Partial<AnswerInput> = {}): Promise<ApprovalView> {
  const context: CallContext = { ...admin, caller: { kind: "session", sessionId } };
  return daemon.handlers.answerApproval({ id, n: "1", verdict: "allow", ...more }, context);
}

test("a parent may allow its claude what its own level allows without asking", async () => {
  const { parent, child } = await startFamily("trap:ask-write made.txt");
  const answered = await answerAs(parent, child);
  expect(answered).toMatchObject({ status: "allowed", answered_by: `session ${parent}` });
  const [ended] = await daemon.untilEnded([child], 20_000);
  expect(ended).toMatchObject({ status: "completed", result: { text: "allow" } });
}, 30_000);

test("a parent can not allow its claude what it would have to ask for itself, but it can say no", async () => {
  const { parent, child } = await startFamily("trap:ask make");
  await expect(answerAs(parent, child)).rejects.toMatchObject({ code: "policy-denied" });
  await expect(answerAs(parent, child, { always: true })).rejects.toMatchObject({ code: "policy-denied" });
  await expect(answerAs(child, child)).rejects.toMatchObject({ code: "policy-denied" });
  await answerAs(parent, child, { verdict: "deny", text: "not now" });
  const [ended] = await daemon.untilEnded([child], 20_000);
  expect(ended?.result?.text).toMatch(/the answer was no: not now/);
}, 30_000);

test("a parent's yes counts at most inside its own workspace; a parent that ends takes its waiting claude along", async () => {
  const { parent, child } = await startFamily("trap:ask-write /tmp/elsewhere-of-profclaw-tests.txt");
  await expect(answerAs(parent, child)).rejects.toMatchObject({ code: "policy-denied" });
  await daemon.handlers.cancelSession({ id: parent }, admin);
  const [ended] = await daemon.untilEnded([child], 20_000);
  expect(ended).toMatchObject({ status: "cancelled", reason: "parent-ended" });
  expect(await daemon.handlers.getApproval({ id: child, n: "1" }, admin)).toMatchObject({ status: "closed" });
}, 30_000);

test("a rule for good answers the next of its kind, in a session of ours and in a claude alike", async () => {
  const { child } = await startFamily("trap:ask make all");
  const rule = await daemon.handlers.answerApproval(
    { id: child, n: "1", verdict: "allow", always: true },
    admin,
  );
  expect(rule.status).toBe("allowed");
  await daemon.untilEnded([child], 20_000);
  const sessions = [{ task: "trap:ask make all", agent: "claude", permission_mode: "ask" }];
  const batch = await daemon.handlers.createSessions({ sessions }, admin);
  const [next] = await daemon.untilEnded([batch.sessions[0]?.id ?? ""], 20_000);
  expect(next).toMatchObject({ status: "completed", result: { text: "allow" }, approvals: [] });
}, 30_000);
