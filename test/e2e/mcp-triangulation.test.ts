import { afterAll, beforeAll, expect, test } from "vitest";
import { createStage, type Stage } from "../support/e2e/stage.ts";
import { connectClient, type McpStage, refusalOf } from "../support/mcp/connect-client.ts";

interface Consolidation {
  text: string;
  findings: {
    rank: number;
    verdict: string;
    text: string;
    authors: { name: string }[];
    sources: { id: string }[];
  }[];
  conflicts: { kind: string; ranks: number[] }[];
  degraded: boolean;
}

let stage: Stage;
let mcp: McpStage;
const claims: Record<string, string> = {
  skeptic: "The retry loop has no upper bound",
  critic: "The retry loop has no upper bound at all",
  explorer: "The retry loop has an upper bound",
};

beforeAll(async () => {
  stage = await createStage({
    script({ turn, system }) {
      const role = Object.keys(claims).find((name) => new RegExp(name, "i").test(system)) ?? "";
      const input = { text: claims[role] ?? "nothing", evidence: ["src/retry.ts:7"] };
      return turn === 0 ? { toolCalls: [{ name: "distill", input }] } : { text: "recorded" };
    },
  });
  mcp = await connectClient(stage);
});
afterAll(async () => {
  await mcp[Symbol.asyncDispose]();
  await stage.close();
});

test("T4: a panel of roles, blind to each other, then votes, then one ranked answer with its sources and conflicts", async () => {
  const roles = Object.keys(claims);
  const { panel = [] } = await mcp.call<{ panel?: { task_id: string }[] }>("spawn", {
    prompt: "Does the retry loop end?",
    roles,
  });
  const tasks = panel.map(({ task_id }) => task_id);
  expect(tasks).toHaveLength(3);
  const waited = await mcp.call<{ status: string }>("wait", { tasks, timeout_s: 20 });
  expect(waited.status).toBe("done");
  for (const request of stage.model.requests) {
    const seen = ["has no upper bound", "has an upper bound"].filter((claim) =>
      JSON.stringify(request).includes(claim),
    );
    expect(seen.length).toBeLessThanOrEqual(1);
  }
  for (const request of stage.model.requests)
    expect(JSON.stringify(request.body)).not.toMatch(/recorded.*recorded/);

  const before = await mcp.call<Consolidation>("consolidate", { tasks });
  expect(before.findings.map(({ verdict }) => verdict)).toEqual(["open", "open"]);
  expect(before.findings[0]?.authors.map(({ name }) => name).toSorted()).toEqual(["critic", "skeptic"]);
  expect(before.conflicts).toEqual([{ kind: "opposite", ranks: [1, 2] }]);

  const wrong = before.findings[1]?.sources[0]?.id ?? "";
  await mcp.call("vote_distill", { finding_id: wrong, weight: -1, reason: "There is none." });
  const after = await mcp.call<Consolidation>("consolidate", { tasks });
  expect(after.findings.map(({ verdict }) => verdict)).toEqual(["open", "rejected"]);
  expect(after).toMatchObject({ degraded: false });
  expect(after.text).toContain("src/retry.ts:7");
});

test("a vote on nothing, on one's own, and beyond the bounds is refused with what to do", async () => {
  const missing = await refusalOf(mcp.call("vote_distill", { finding_id: "f-00", weight: 1 }));
  expect(missing).toMatchObject({
    code: "not-found",
    retryable: false,
    next: expect.stringContaining("consolidate"),
  });
  const own = await mcp.call<{ id: string }>("distill", { text: "I say so myself" });
  const ownVote = { finding_id: own.id, weight: 1 };
  expect(await refusalOf(mcp.call("vote_distill", ownVote))).toMatchObject({
    code: "invalid-request",
    detail: expect.stringContaining("your own finding"),
  });
  const heavy = { finding_id: own.id, weight: 7 };
  expect(await refusalOf(mcp.call("vote_distill", heavy))).toMatchObject({
    code: "invalid-request",
  });
});
