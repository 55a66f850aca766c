import { describe, expect, test } from "vitest";
import type { MessageView } from "../../src/contract/message-operations.ts";
import { createDeferred } from "../../src/core/deferred.ts";
import { killHard } from "../support/e2e/processes.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";
import type { ParsedRequest, Reply } from "../support/model-server/reply.ts";

/** The first answer takes its time; every later one repeats what it was told. */
function listen({ turn, lastUserText }: ParsedRequest): Reply {
  return turn === 0 ? { text: "first", delayMs: 900 } : { text: `heard: ${lastUserText}` };
}

async function spawnOne(stage: Stage): Promise<string> {
  await stage.run(["agent", "spawn", "-d", "--task", "work"]);
  await until(
    () => stage.model.inFlight,
    (inFlight) => inFlight > 0,
  );
  const [session] = await stage.sessions();
  return session?.id ?? "";
}

describe.concurrent("agent send", () => {
  test("a message by the start of an id is queued, read, and shown with its receipt", async () => {
    const sentAlready = createDeferred<void>();
    await using stage = await createStage({
      script: async (request) => {
        await sentAlready.promise;
        return listen(request);
      },
    });
    const id = await spawnOne(stage);
    const sent = await stage.run(["agent", "send", id.slice(0, 8), "mind the tests", "--queue"]);
    sentAlready.resolve();
    expect(sent.exitCode, sent.stderr).toBe(0);
    expect(sent.stdout).toMatch(/^\S+ {2}queued\n$/);
    expect(sent.stderr).toContain("It is read when the session would stop.");
    const [ended] = await stage.untilEnded([id]);
    expect(ended?.result?.text).toBe("heard: mind the tests");
    const shown = await stage.run(["agent", "show", id]);
    expect(shown.stdout).toMatch(/messages\ndelivered +user +mind the tests/);
    const logs = await stage.run(["agent", "logs", id]);
    expect(logs.stdout).toMatch(/message\n +mind the tests/);
    const late = await stage.run(["agent", "send", id, "too late", "--json"]);
    expect(late.exitCode).toBe(1);
    const view = JSON.parse(late.stdout) as MessageView;
    const followed = await stage.rest(`/api/agents/sessions/${id}/messages/${view.id}`);
    expect(followed.json<MessageView>()).toEqual(view);
    expect(view.receipt).toBe("missed");
  });

  test("what was answered survives a kill -9 and is read once", async () => {
    await using stage = await createStage({
      // No echo: what is counted is what it was told.
      script: ({ turn }) => (turn === 0 ? { text: "first", delayMs: 900 } : { text: "heard" }),
    });
    const id = await spawnOne(stage);
    const { pid } = stage.discovery();
    for (const delivery of ["queue", "steer"]) {
      const answer = await stage.rest(`/api/agents/sessions/${id}/messages`, {
        body: { message: `by ${delivery}.`, delivery },
      });
      expect(answer.json<MessageView>().receipt).toBe("queued");
    }
    killHard(pid);
    await stage.untilReplaced(pid);
    await stage.untilEnded([id]);
    const said = JSON.stringify(stage.model.requests.at(-1)?.messages);
    for (const delivery of ["queue", "steer"]) expect(said.split(`by ${delivery}.`)).toHaveLength(2);
    expect(stage.model.violations).toEqual([]);
  });

  test("a hundred sessions that run at once each read their own", async () => {
    await using stage = await createStage({
      script: ({ turn, lastUserText }) =>
        turn === 0 ? { text: "first", delayMs: 2_500 } : { text: `heard: ${lastUserText}` },
      env: { POOL_MAX_CONCURRENT: "100" },
    });
    await stage.run(["agent", "spawn", "-d", "--yes", "--count", "100", "--task", "work"]);
    const ids = (await stage.sessions()).map(({ id }) => id);
    const answers = await Promise.all(
      ids.map((id) => stage.rest(`/api/agents/sessions/${id}/messages`, { body: { message: `for ${id}` } })),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(100).fill(200));
    const ended = await stage.untilEnded(ids, 30_000);
    for (const { id, result } of ended) expect(result?.text).toMatch(new RegExp(`for ${id}$`));
  });

  test("what cannot be sent is refused and says what to type", async () => {
    await using stage = await createStage({ script: listen });
    const id = await spawnOne(stage);
    const refusals: [number, string[], RegExp][] = [
      [2, ["agent", "send", id], /missing required argument 'message'/],
      [2, ["agent", "send", id, "  "], /must not be empty/],
      [2, ["agent", "send", id, "x", "--queue", "--interrupt"], /--interrupt and --queue exclude each other/],
      [5, ["agent", "send", "ffffffff", "x"], /No session is "ffffffff"/],
      [2, ["agent", "sendd", id, "x"], /Did you mean: profclaw agent send/],
    ];
    for (const [exitCode, args, text] of refusals) {
      const refused = await stage.run(args);
      expect(refused.exitCode, refused.stderr).toBe(exitCode);
      expect(refused.stderr).toMatch(text);
    }
    const path = `/api/agents/sessions/${id}/messages`;
    const huge = await stage.rest(path, { body: { message: "é".repeat(131_073) } });
    expect(huge.status).toBe(422);
    expect(huge.text).toContain("at most 262144 bytes");
    expect((await stage.rest(path, { body: { message: "é".repeat(131_072) } })).status).toBe(200);
    expect((await stage.rest(path, { body: { message: "x", delivery: "now" } })).status).toBe(422);
    expect((await stage.rest(`${path}/unknown`)).status).toBe(404);
    await stage.untilEnded([id]);
  });
});
