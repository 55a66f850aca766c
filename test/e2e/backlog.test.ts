import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { CandidateView, ClaimView, PickUpView } from "../../src/contract/candidate-operations.ts";
import type { WholeThreadView } from "../../src/contract/thread-operations.ts";
import { createDeferred } from "../../src/core/deferred.ts";
import { killHard } from "../support/e2e/processes.ts";
import type { ProblemSeen } from "../support/e2e/rest.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";
import { connectClient, refusalOf } from "../support/mcp/connect-client.ts";

let stage: Stage;
const gate = createDeferred<void>();
const seen: string[] = [];

beforeAll(async () => {
  stage = await createStage({
    async script({ firstUserText: task, turn }) {
      seen.push(task);
      if (task.includes("hang")) await gate.promise;
      if (task.startsWith("break") && !task.includes("tried before")) {
        if (turn === 0) return { text: "I saw the ibex", toolCalls: [{ name: "list_dir", input: {} }] };
        return { status: 400, error: { type: "invalid_request_error", message: "broken on purpose" } };
      }
      return { text: `done: ${task}` };
    },
  });
  await stage.run(["up"]);
});
afterAll(async () => {
  gate.resolve();
  await stage.close();
});

const post = (path: string, body: object = {}, headers: Record<string, string> = {}) =>
  stage.rest(`/api/${path}`, { body, headers });

async function openThread(text: string): Promise<string> {
  const thread = (await post("threads", { title: `T6 ${text}`, text })).json<WholeThreadView>();
  return thread.id;
}

async function listed(query = ""): Promise<CandidateView[]> {
  const answer = await stage.rest(`/api/candidates?limit=1000${query}`);
  return answer.json<{ candidates: CandidateView[] }>().candidates;
}

async function fail(task: string): Promise<string> {
  const spawned = await stage.spawn({ sessions: [{ task }] });
  const [id = ""] = spawned.sessions.map((session) => session.id);
  const [ended] = await stage.untilEnded([id]);
  expect(ended?.status).toBe("failed");
  return id;
}

test("T6: a stale thread is a candidate; picked up, a session has its notes as the plan, and it is none any more", async () => {
  const id = await openThread("look at the parser");
  await post(`threads/${id}/notes`, { text: "It is the time zone." });
  expect((await listed()).find((one) => one.id === id)).toMatchObject({ kind: "thread", claim: null });
  const picked = await post(`candidates/${id.slice(0, 13)}/pickup`, { message: "Be quick." });
  expect(picked.status, picked.text).toBe(202);
  const { sessions, claim, batch_id } = picked.json<PickUpView>();
  expect(claim).toMatchObject({ candidate_id: id, batch_id });
  const [done] = await stage.untilEnded(sessions.map((session) => session.id));
  expect(done?.result?.text).toMatch(/look at the parser[^]*> It is the time zone\.[^]*Be quick\./);
  expect((await listed()).map((one) => one.id)).not.toContain(id);
  expect((await post(`candidates/${id}/pickup`)).json<ProblemSeen>()).toMatchObject({
    status: 409,
    code: "candidate-gone",
  });
  const closed = await post(`threads/${id}/close`, { text: "Done." });
  expect(closed.json<WholeThreadView>()).toMatchObject({ state: "closed", notes_count: 3 });
  expect((await post(`threads/${id}/notes`, { text: "more" })).json<ProblemSeen>().code).toBe(
    "thread-closed",
  );
});

test("T6: a failed session is a candidate; picked up, its task is tried again with what it came to", async () => {
  const id = await fail("break the first");
  const own = (await listed("&kind=session")).find((one) => one.id === id);
  expect(own).toMatchObject({ status: "failed", title: "break the first" });
  expect(own?.detail).toContain("broken on purpose");
  const { sessions } = (await post(`candidates/${id}/pickup`)).json<PickUpView>();
  const [done] = await stage.untilEnded(sessions.map((session) => session.id));
  expect(done?.status).toBe("completed");
  expect(done?.result?.text).toMatch(/break the first[^]*tried before[^]*ended failed[^]*> I saw the ibex/);
  expect((await listed()).map((one) => one.id)).not.toContain(id);
});

test("T6: of 100 racers that pick one up at once, one session is spawned, and 99 are told who has it", async () => {
  const id = await openThread("hang on the race");
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, n) => post(`candidates/${id}/pickup`, {}, { "Profclaw-Peer": `r-${n}` })),
  );
  const won = answers.filter(({ status }) => status === 202);
  expect(won).toHaveLength(1);
  const batch = won[0]?.json<PickUpView>().batch_id;
  const lost = answers.filter(({ status }) => status === 409).map((answer) => answer.json<ProblemSeen>());
  expect(lost).toHaveLength(99);
  for (const { code, detail } of lost) {
    expect(code).toBe("candidate-claimed");
    expect(detail).toContain(batch);
  }
  const spawned = (await stage.sessions()).filter(({ task }) => task.includes("hang on the race"));
  expect(spawned).toHaveLength(1);
});

test("a claim outlives a kill -9 between claim and spawn; its holder spawns from it, and once", async () => {
  const id = await openThread("after the kill");
  const claimed = (await post(`candidates/${id}/claim`, { lease_s: 600 })).json<ClaimView>();
  killHard(stage.discovery().pid);
  await stage.run(["up"]);
  const other = await post(`candidates/${id}/pickup`);
  expect(other.json<ProblemSeen>()).toMatchObject({ status: 409, code: "candidate-claimed" });
  const { claim_id } = claimed;
  const twice = await Promise.all([1, 2].map(() => post(`candidates/${id}/pickup`, { claim_id })));
  const batches = twice.map((answer) => answer.json<PickUpView>().batch_id);
  expect(twice.map(({ status }) => status)).toEqual([202, 202]);
  expect(new Set(batches).size).toBe(1);
  killHard(stage.discovery().pid);
  await stage.run(["up"]);
  const again = (await post(`candidates/${id}/pickup`, { claim_id })).json<PickUpView>();
  expect(again.batch_id).toBe(batches[0]);
});

test("a claim that is given back is free, and a pickup that cannot spawn leaves it free", async () => {
  const id = await openThread("give it back");
  const { claim_id } = (await post(`candidates/${id}/claim`)).json<ClaimView>();
  expect((await listed()).map((one) => one.id)).not.toContain(id);
  expect((await listed("&claimed=true")).find((one) => one.id === id)?.claim).not.toBeNull();
  expect((await post(`candidates/${id}/release`, { claim_id })).json()).toEqual({ released: true });
  expect((await post(`candidates/${id}/release`, { claim_id })).json()).toEqual({ released: false });
  const wrong = await post(`candidates/${id}/pickup`, { provider: "no-such" });
  expect(wrong.json<ProblemSeen>().code).toBe("unknown-provider");
  expect((await listed()).map((one) => one.id)).toContain(id);
});

test("the same idempotency key is one thread, one note, one claim and one spawn", async () => {
  const body = { title: "keyed", text: "once", idempotency_key: "k" };
  const [one, two] = await Promise.all([post("threads", body), post("threads", body)]);
  const { id } = one.json<WholeThreadView>();
  expect(two.json<WholeThreadView>().id).toBe(id);
  for (const _ of [1, 2]) await post(`threads/${id}/notes`, { text: "n", idempotency_key: "n" });
  expect((await stage.rest(`/api/threads/${id}`)).json<WholeThreadView>().notes).toHaveLength(2);
  const picks = await Promise.all(
    [1, 2].map(() => post(`candidates/${id}/pickup`, { idempotency_key: "p" })),
  );
  const [first, second] = picks.map((answer) => answer.json<PickUpView>());
  expect(first?.batch_id).toBe(second?.batch_id);
  expect(first?.batch_id).toBeTypeOf("string");
});

test.each([
  ["threads", { title: "x", text: "x".repeat(16_385) }, 422, "text"],
  ["threads", { title: "x", text: " " }, 422, "text"],
  ["threads", { title: "x", text: "x", urgency: "now" }, 422, "urgency"],
  ["threads", { title: "x", text: "x", cwd: "/no/such/folder" }, 422, "/no/such/folder"],
  ["threads", { title: "x", text: "x".repeat(10_000_000) }, 413, ""],
  ["threads/deadbeef/notes", { text: "x" }, 404, "deadbeef"],
  ["candidates/deadbeef/claim", {}, 404, "deadbeef"],
  ["candidates/nothing/pickup", {}, 404, "nothing"],
  ["candidates/deadbeef/claim", { lease_s: 1 }, 422, "lease_s"],
])("what is wrong is said: POST %s", async (...[path, body, status, word]) => {
  const answer = await post(path, body);
  expect(answer.status, answer.text).toBe(status);
  expect(answer.text).toContain(word);
});

test("T6: pickup_candidates lists, claims, picks up, notes and closes for any MCP client", async () => {
  await using mcp = await connectClient(stage, { args: ["--peer", "lead"] });
  const call = (args: Record<string, unknown>) => mcp.call<Record<string, never>>("pickup_candidates", args);
  const { thread } = await mcp.call<{ thread: { id: string } }>("pickup_candidates", {
    action: "open",
    title: "over MCP",
    text: "the plan",
    urgency: "high",
  });
  const { candidates } = await mcp.call<{ candidates: CandidateView[] }>("pickup_candidates");
  expect(candidates[0]).toMatchObject({ id: thread.id, title: "over MCP", detail: "the plan" });
  expect(await refusalOf(call({ action: "note", id: thread.id }))).toMatchObject({ pointer: "/text" });
  await call({ action: "note", id: thread.id, text: "one more thing" });
  const { claim } = await mcp.call<{ claim: ClaimView }>("pickup_candidates", {
    action: "claim",
    id: thread.id,
  });
  expect(await refusalOf(call({ action: "pickup", id: thread.id }))).toMatchObject({
    code: "candidate-claimed",
    retryable: false,
  });
  const { tasks } = await mcp.call<{ tasks: string[] }>("pickup_candidates", {
    action: "pickup",
    id: thread.id,
    claim_id: claim.claim_id,
  });
  const [done] = await stage.untilEnded(tasks);
  expect(done?.result?.text).toMatch(/the plan[^]*one more thing/);
  expect(await call({ action: "close", id: thread.id })).toMatchObject({ thread: { state: "closed" } });
});

test("a session picks up what is its own or its tree's, and nothing of others", async () => {
  const { sessions } = await stage.spawn({ sessions: [{ task: "hang as a session" }] });
  const sessionId = sessions[0]?.id ?? "";
  const foreign = await fail("break a foreign one");
  const as = async (path: string, body: object): Promise<ProblemSeen & WholeThreadView> => {
    const { stdout } = await promisify(execFile)(
      "curl",
      [
        "-s",
        "-H",
        "Content-Type: application/json",
        "-d",
        JSON.stringify(body),
        `${stage.url()}/api/${path}`,
      ],
      { env: { PATH: "/usr/bin:/bin", PROFCLAW_SESSION_ID: sessionId }, timeout: 30_000 },
    );
    return JSON.parse(stdout) as ProblemSeen & WholeThreadView;
  };
  expect(await as(`candidates/${foreign}/pickup`, {})).toMatchObject({ code: "policy-denied" });
  const own = await as("threads", { title: "mine", text: "left by a session" });
  expect(own).toMatchObject({ author: sessionId, state: "open" });
  const away = await post("threads", { title: "far", text: "x", cwd: stage.root });
  expect(await as(`threads/${away.json<WholeThreadView>().id}/close`, {})).toMatchObject({
    code: "policy-denied",
  });
  expect(await as(`threads/${own.id}/close`, {})).toMatchObject({ state: "closed", closed_by: sessionId });
});
