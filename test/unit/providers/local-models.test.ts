import { type RequestListener, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createFixedClock } from "../../../src/core/clock.ts";
import { type LocalModels, createLocalModels } from "../../../src/providers/local-models.ts";

const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function serve(answer: RequestListener): Promise<{ url: string; paths: string[] }> {
  const paths: string[] = [];
  const server = createServer((request, response) => {
    paths.push(request.url ?? "");
    answer(request, response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, paths };
}

const clock = createFixedClock(0);

function lookAt(baseUrl: string): LocalModels {
  return createLocalModels({ credentials: { get: () => ({ baseUrl }) }, clock });
}

const tags = (...models: unknown[]): RequestListener => {
  return (_, response) => response.end(JSON.stringify({ models }));
};

test("its models are named in its own order, without those that only embed", async () => {
  const { url, paths } = await serve(
    tags(
      { name: "nomic-embed-text:latest", details: { family: "nomic-bert" } },
      { name: "qwen3:8b", details: { family: "qwen3" } },
      { name: "all-minilm:latest", details: { family: "bert" } },
      { name: "llama3.2:latest" },
      { name: 7 },
      null,
    ),
  );
  expect(await lookAt(url).look()).toEqual(["qwen3:8b", "llama3.2:latest"]);
  expect(await lookAt(`${url}/v1`).look()).toEqual(["qwen3:8b", "llama3.2:latest"]);
  expect(paths).toEqual(["/api/tags", "/api/tags"]);
});

test("it is asked once in ten seconds, and once by all that ask together", async () => {
  const { url, paths } = await serve(tags({ name: "a" }));
  const local = lookAt(url);
  await Promise.all([local.look(), local.look(), local.look()]);
  clock.advance(9_999);
  await local.look();
  expect(paths).toHaveLength(1);
  clock.advance(1);
  await local.look();
  expect(paths).toHaveLength(2);
});

test("another address is asked at once", async () => {
  const [first, second] = [await serve(tags({ name: "a" })), await serve(tags({ name: "b" }))];
  let baseUrl = first.url;
  const local = createLocalModels({ credentials: { get: () => ({ baseUrl }) }, clock });
  expect(await local.look()).toEqual(["a"]);
  baseUrl = second.url;
  expect(await local.look()).toEqual(["b"]);
});

test.each<[string, RequestListener]>([
  ["refuses", (_, response) => response.writeHead(500).end()],
  ["sends us on", (_, response) => response.writeHead(302, { location: "http://127.0.0.1:9/" }).end()],
  ["says no JSON", (_, response) => response.end("<html>")],
  ["says other JSON", (_, response) => response.end("[]")],
  ["says far too much", (_, response) => response.writeHead(200, { "content-length": "99999999" }).end("{")],
  ["breaks off", (_, response) => response.destroy()],
])("one that %s is none", async (_, answer) => {
  expect(await lookAt((await serve(answer)).url).look()).toBeNull();
});

test("one that is silent, or not there, or no address, holds nobody up", async () => {
  const silent = await serve(() => undefined);
  const startedAt = performance.now();
  expect(await lookAt(silent.url).look()).toBeNull();
  expect(performance.now() - startedAt).toBeLessThan(900);
  expect(await lookAt("http://127.0.0.1:9").look()).toBeNull();
  expect(await lookAt("no address").look()).toBeNull();
});
