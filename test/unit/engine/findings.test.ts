import { afterEach, expect, test } from "vitest";
import type { CallContext, Caller } from "../../../src/contract/implement.ts";
import { type InProcessDaemon, admin, startInProcessDaemon } from "../../support/daemon/in-process-daemon.ts";
import type { ModelScript } from "../../support/model-server/reply.ts";

let daemon: InProcessDaemon;
afterEach(() => daemon.close());

const as = (caller: Caller): CallContext => ({ ...admin, caller });
const session = (sessionId: string): CallContext => as({ kind: "session", sessionId });
const lead = as({ kind: "local", peer: "lead" });
const refusal = (code: string) => expect.objectContaining({ code });

async function start(script: ModelScript = () => ({ hang: true })): Promise<void> {
  daemon = await startInProcessDaemon(script);
}

async function spawn(context: CallContext, tasks: readonly string[]): Promise<string[]> {
  const sessions = tasks.map((task) => ({ task, provider: "anthropic" }));
  return (await daemon.handlers.createSessions({ sessions }, context)).sessions.map(({ id }) => id);
}

const distill = (context: CallContext, text: string, more: object = {}) =>
  daemon.handlers.distill({ text, evidence: [], ...more }, context);
const vote = (context: CallContext, finding_id: string, weight: number) =>
  daemon.handlers.voteDistill({ finding_id, weight }, context);
const consolidate = (context: CallContext, more: object = {}) =>
  daemon.handlers.consolidate({ tasks: [], synthesize: false, ...more }, context);

const seen = async (context: CallContext): Promise<string[]> =>
  (await daemon.handlers.listFindings({ limit: 10 }, context)).findings.map((finding) => finding.id);

test("T4: a vote counts once a voter, the author has none, and a quorum decides", async () => {
  await start();
  const [a = "", b = "", c = ""] = await spawn(lead, ["a", "b", "c"]);
  const { id } = await distill(session(a), "The token is never rotated", { evidence: ["src/t.ts:3"] });
  await expect(vote(session(a), id, 1)).rejects.toEqual(refusal("invalid-request"));
  await expect(vote(session(b), "f-0000000000", 1)).rejects.toEqual(refusal("not-found"));
  await expect(vote(session(b), "'; DROP TABLE findings", 1)).rejects.toEqual(refusal("not-found"));
  await vote(session(b), id.slice(0, 6), -1);
  await vote(session(b), id, 1);
  const open = await consolidate(lead, { tasks: [a, b, c], quorum: 2 });
  expect(open.findings).toMatchObject([{ verdict: "open", score: 1, votes: 1, evidence: ["src/t.ts:3"] }]);
  await vote(session(c), id, 0.5);
  const decided = await consolidate(lead, { tasks: [a, b, c], quorum: 2 });
  expect(decided.findings).toMatchObject([{ verdict: "accepted", score: 1.5, votes: 2 }]);
  expect(decided.findings[0]?.sources).toEqual([{ kind: "finding", id, author_cid: a }]);
  expect(decided).toMatchObject({ degraded: true, missing: [{ id: a }, { id: b }, { id: c }] });
});

test("a session sees and votes on what its own tree has found, and on what its peer has", async () => {
  await start();
  const [own = "", mate = ""] = await spawn(lead, ["own", "mate"]);
  const [stranger = ""] = await spawn(lead, ["stranger"]);
  const { id } = await distill(session(mate), "Something that the tree may see");
  const { id: ofLead } = await distill(lead, "Something of the peer");
  await expect(vote(session(stranger), id, 1)).rejects.toEqual(refusal("not-found"));
  await vote(session(own), ofLead, 1);
  expect(await seen(session(own))).toEqual([id, ofLead]);
  expect(await seen(session(stranger))).toEqual([ofLead]);
  await expect(consolidate(session(stranger), { tasks: [own] })).rejects.toEqual(refusal("policy-denied"));
});

test("the same key is one finding; lists come in pages; a cursor that was never given is refused", async () => {
  await start();
  const [a = ""] = await spawn(lead, ["a"]);
  const first = await distill(session(a), "one", { idempotency_key: "k" });
  expect(await distill(session(a), "one", { idempotency_key: "k" })).toEqual(first);
  await distill(session(a), "two");
  const page = await daemon.handlers.listFindings({ limit: 1 }, session(a));
  expect(page).toMatchObject({ findings: [{ id: first.id }], next_cursor: first.id });
  const rest = await daemon.handlers.listFindings({ limit: 1, cursor: first.id }, session(a));
  expect(rest).toMatchObject({ findings: [{ text: "two" }], next_cursor: null });
  await expect(daemon.handlers.listFindings({ limit: 1, cursor: "no" }, lead)).rejects.toEqual(
    refusal("invalid-request"),
  );
});

test("results of a batch are joined without a model; a session writes the answer where that is wanted", async () => {
  await start(({ firstUserText }) => {
    if (firstUserText.startsWith("fails")) return { status: 400 };
    if (firstUserText.includes("<findings>")) return { text: `written from: ${firstUserText}` };
    return { text: "- The cache is never emptied\n- Only here: " + firstUserText };
  });
  const ids = await spawn(lead, ["alpha reviewer notes", "beta auditor remarks", "fails"]);
  await daemon.untilEnded(ids);
  const { batch_id } = await daemon.handlers.getSession({ id: ids[0] ?? "" }, admin);
  const found = await consolidate(lead, { batch_id, synthesize: true });
  expect(found.findings[0]).toMatchObject({ text: "The cache is never emptied", verdict: "open" });
  expect(found.findings[0]?.authors.map(({ id }) => id)).toEqual(ids.slice(0, 2));
  expect(found).toMatchObject({ degraded: true, missing: [{ id: ids[2], status: "failed" }] });
  expect(found.text).toContain("Missing: the answer is degraded");
  const [written] = await daemon.untilEnded([found.synthesis?.task_id ?? ""]);
  expect(written).toMatchObject({ status: "completed", role: "synthesizer", tools: [] });
  expect(written?.result?.text).toContain("The cache is never emptied");
});

test("a builtin session's model distills, votes and consolidates; after a crash a finding is there once", async () => {
  await start(({ firstUserText, turn, toolResults, lastUserText }) => {
    const last = toolResults[0]?.text ?? "";
    if (firstUserText === "lead") {
      const sessions = [{ task: "finder" }];
      if (turn === 0) return { toolCalls: [{ name: "sessions_spawn", input: { sessions } }] };
      if (turn === 1) return { toolCalls: [{ name: "consolidate", input: {} }] };
      const finding_id = /f-[0-9a-f]{10}/.exec(last)?.[0] ?? "";
      if (turn === 2) return { toolCalls: [{ name: "vote_distill", input: { finding_id, weight: 0.5 } }] };
      return { text: `${last} ${lastUserText}` };
    }
    if (turn > 0) return { text: last };
    return { toolCalls: [{ name: "distill", input: { text: "The lock is held too long" } }], delayMs: 200 };
  });
  const [id = ""] = await spawn(lead, ["lead"]);
  await daemon.until(id, ({ status }) => status === "waiting");
  await daemon.crash();
  const [view] = await daemon.untilEnded([id]);
  expect(view?.result?.text).toMatch(/Your vote on f-[0-9a-f]{10} is 0\.5/);
  const { findings } = await consolidate(lead);
  expect(findings).toMatchObject([{ text: "The lock is held too long", score: 0.5, votes: 1 }]);
});
