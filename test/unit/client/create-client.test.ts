import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { createClient } from "../../../src/client/create-client.ts";
import { toProblemError, toProblemJson } from "../../../src/client/problem.ts";
import { answerJson, createLoopbackServer } from "./loopback-server.ts";

const pool = { mode: "mini", max_concurrent: 10, timeout_ms: 300_000, running: 0, queued: 0, waiting: 0 };

test("a refusal comes back as the error it was, with code, pointer and hint", async () => {
  await using server = createLoopbackServer();
  await server.start((_, response) =>
    answerJson(response, 400, {
      code: "unknown-tool",
      detail: "No tool grpe.",
      pointer: "/sessions/0/tools/0",
      hint: "Did you mean grep?",
      errors: [{ detail: "No tool grpe." }, { detail: "No tool cat.", pointer: "/sessions/1/tools/0" }],
    }),
  );
  const client = createClient({ socketPath: server.socketPath });
  await expect(client.createSessions({ sessions: [{ task: "x" }] })).rejects.toMatchObject({
    name: "ProfclawError",
    code: "unknown-tool",
    message: "No tool grpe.",
    pointer: "/sessions/0/tools/0",
    hint: "Did you mean grep?\nAlso: No tool cat. (at /sessions/1/tools/0)",
  });
  client.close();
});

test("a code of another version is taken by its status", () => {
  expect(toProblemError(404, '{"code":"nobody-home","detail":"No."}').code).toBe("not-found");
  expect(toProblemError(418, "no json").code).toBe("invalid-request");
  expect(toProblemError(500, "").code).toBe("internal");
});

test("an error survives the way to JSON and back", () => {
  const error = toProblemError(
    409,
    '{"code":"session-ended","detail":"It has ended.","hint":"Spawn again."}',
  );
  expect(toProblemError(409, JSON.stringify(toProblemJson(error)))).toMatchObject({
    code: "session-ended",
    message: "It has ended.",
    hint: "Spawn again.",
  });
});

test("a missing daemon is daemon-unreachable with what to type", async () => {
  const client = createClient({ socketPath: "/nonexistent/daemon.sock" }, { patienceMs: 0 });
  await expect(client.getPool({})).rejects.toMatchObject({
    code: "daemon-unreachable",
    hint: expect.stringContaining("profclaw up"),
  });
  client.close();
});

test("a call outlasts a restart, and the watch is told of both its ends", async () => {
  await using server = createLoopbackServer();
  const told: string[] = [];
  const client = createClient(
    { socketPath: server.socketPath },
    {
      watch: {
        lost: () => void (told.at(-1) === "lost" || told.push("lost")),
        back: () => void told.push("back"),
      },
    },
  );
  const answer = client.getPool({});
  setTimeout(() => void server.start((_, response) => answerJson(response, 200, pool)), 120);
  expect(await answer).toEqual(pool);
  expect(told).toEqual(["lost", "back"]);
  client.close();
});

test("a spawn whose answer is lost is sent again with the same key", async () => {
  await using server = createLoopbackServer();
  await server.start((_, response) => {
    if (server.received.length === 1) response.destroy();
    else answerJson(response, 202, { batch_id: "b", sessions: [], warnings: [], concurrency: 10, links: {} });
  });
  const client = createClient({ socketPath: server.socketPath });
  await client.createSessions({ sessions: [{ task: "once" }] });
  const keys = server.received.map(
    ({ body }) => (JSON.parse(body) as { idempotency_key: string }).idempotency_key,
  );
  expect(keys).toHaveLength(2);
  expect(String(keys[0]).length).toBeGreaterThan(20);
  expect(keys[1]).toBe(keys[0]);
  client.close();
});

test("a given key is kept, and a trial has none", async () => {
  await using server = createLoopbackServer();
  await server.start((_, response) => answerJson(response, 202, {}));
  const client = createClient({ socketPath: server.socketPath });
  await client.createSessions({ sessions: [{ task: "x" }], idempotency_key: "mine" });
  await client.createSessions({ sessions: [{ task: "x" }], dry_run: true });
  const [kept, trial] = server.received.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
  expect(kept?.["idempotency_key"]).toBe("mine");
  expect(trial).not.toHaveProperty("idempotency_key");
  client.close();
});

test("over the socket no token goes along", async () => {
  await using server = createLoopbackServer();
  await server.start((_, response) => answerJson(response, 200, pool));
  const client = createClient({ socketPath: server.socketPath });
  await client.getPool({});
  expect(server.received[0]?.headers.authorization).toBeUndefined();
  expect(server.received[0]?.headers.host).toBe("localhost");
  client.close();
});

test("over TCP the token goes along", async () => {
  const seen: (string | undefined)[] = [];
  const server = createServer(({ headers }, response) => {
    seen.push(headers.authorization);
    answerJson(response, 200, pool);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const client = createClient({ baseUrl: `http://127.0.0.1:${port}`, token: "secret" });
  await client.getPool({});
  expect(seen).toEqual(["Bearer secret"]);
  client.close();
  server.close();
});

test("a caller's own abort is not taken for a lost daemon", async () => {
  await using server = createLoopbackServer();
  await server.start(() => undefined);
  const client = createClient({ socketPath: server.socketPath });
  const reason = new Error("enough");
  await expect(client.getPool({}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  client.close();
});
