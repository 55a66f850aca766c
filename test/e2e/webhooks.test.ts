import { expect, test } from "vitest";
import { killHard } from "../support/e2e/processes.ts";
import type { ProblemSeen } from "../support/e2e/rest.ts";
import { createStage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";
import { startWebhookReceiver } from "../support/webhook-receiver.ts";

test("the daemon's webhook and a batch's own are told over a daemon that is killed", async () => {
  await using receiver = await startWebhookReceiver();
  await using stage = await createStage({
    env: {
      PROFCLAW_WEBHOOK_URL: receiver.url,
      PROFCLAW_WEBHOOK_SECRET: receiver.secret,
      PROFCLAW_WEBHOOK_EVENTS: "session.completed",
    },
  });
  await stage.run(["up"]);
  const webhook = { url: receiver.url, secret: receiver.secret, events: ["batch.ended" as const] };
  const body = { sessions: [{ task: "one" }, { task: "two" }], webhook };
  const answer = await stage.rest("/api/agents/sessions", { body, token: stage.token() });
  expect(answer.status).toBe(202);
  expect(answer.text).not.toContain("whsec_");
  const { pid } = stage.discovery();
  killHard(pid);
  await stage.untilReplaced(pid);
  await until(
    () => new Set(receiver.attempts.map(({ id }) => id)).size,
    (count) => count === 3,
    15_000,
  );
  const types = new Map(receiver.attempts.map(({ id, event }) => [id, event.type]));
  expect([...types.values()].toSorted()).toEqual(["batch.ended", "session.completed", "session.completed"]);
});

test("a wrong webhook is refused before anything starts", async () => {
  await using stage = await createStage();
  await stage.run(["up"]);
  const secret = `whsec_${Buffer.alloc(24, 1).toString("base64")}`;
  const url = "https://example.com/hook";
  const cases = [
    [{ url: "ftp://example.com", secret }, 422, "/webhook/url"],
    [{ url: "https://a:b@example.com", secret }, 422, "/webhook/url"],
    [{ url, secret: "whsec_short" }, 422, "/webhook/secret"],
    [{ url, secret, events: ["session.begun"] }, 422, "/webhook/events/0"],
    [{ url: "http://127.0.0.1:9/", secret }, 403, "/webhook/url"],
    [{ url: "http://[::1]:9/", secret }, 403, "/webhook/url"],
    [{ url: "http://169.254.169.254/", secret }, 403, "/webhook/url"],
    [{ url: "http://localhost/", secret }, 403, "/webhook/url"],
  ] as const;
  for (const [webhook, status, pointer] of cases) {
    const answer = await stage.rest("/api/agents/sessions", { body: { sessions: [{ task: "x" }], webhook } });
    expect([webhook, answer.status, answer.json<ProblemSeen>().pointer]).toEqual([webhook, status, pointer]);
  }
  expect(await stage.sessions()).toEqual([]);
  const refused = await stage.run(["serve", "--port", "0"], {
    env: { PROFCLAW_WEBHOOK_URL: url, PROFCLAW_WEBHOOK_SECRET: "x", PROFCLAW_HOME: `${stage.root}/other` },
  });
  expect([refused.exitCode, refused.stderr]).toEqual([3, expect.stringContaining("PROFCLAW_WEBHOOK_SECRET")]);
});
