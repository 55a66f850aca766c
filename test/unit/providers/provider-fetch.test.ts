import { once } from "node:events";
import { type RequestListener, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createDeferred } from "../../../src/core/deferred.ts";
import { fetchFromProvider } from "../../../src/providers/provider-fetch.ts";

const open: { close: () => void }[] = [];

afterEach(() => {
  for (const { close } of open.splice(0)) close();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  open.push({
    close() {
      server.close();
      server.closeAllConnections();
    },
  });
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

const post = { method: "POST", headers: { "x-api-key": "k" }, body: "{}" };

test("a redirect is an answer, and the key does not follow it", async () => {
  const asked: (string | undefined)[] = [];
  const url = await serve((request, response) => {
    asked.push(request.url);
    response.writeHead(307, { location: "/elsewhere" }).end();
  });
  const response = await fetchFromProvider(url, post);
  expect([response.status, response.headers.get("location")]).toEqual([307, "/elsewhere"]);
  expect(asked).toEqual(["/v1"]);
});

test("pieces arrive as they come, and the body is what was sent", async () => {
  const url = await serve((request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write("data: 1\n\n");
    request.resume().on("end", () => setTimeout(() => response.end("data: é\n\n"), 30));
  });
  const response = await fetchFromProvider(url, post);
  const reader = response.body?.getReader();
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("data: 1\n\n");
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("data: é\n\n");
  expect((await reader?.read())?.done).toBe(true);
});

test("whoever lets go of the body lets go of the socket", async () => {
  const gone = createDeferred<null>();
  const url = await serve((request, response) => {
    response.writeHead(200).write("data: 1\n\n");
    request.socket.on("close", () => gone.resolve(null));
  });
  const response = await fetchFromProvider(url, post);
  await response.body?.cancel();
  await gone.promise;
});

test("an abort before the answer rejects, and one within it fails the body", async () => {
  const url = await serve((request, response) => {
    if (request.url === "/v1/late") response.writeHead(200).write("data: 1\n\n");
  });
  const before = new AbortController();
  const waiting = fetchFromProvider(url, { ...post, signal: before.signal });
  setTimeout(() => before.abort(), 20);
  await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
  const within = new AbortController();
  const response = await fetchFromProvider(`${url}/late`, { ...post, signal: within.signal });
  const text = response.text();
  within.abort();
  await expect(text).rejects.toThrow();
});

test("a cut body fails, and is no end", async () => {
  const url = await serve((request, response) => {
    response.writeHead(200).write("data: 1\n\n", () => request.socket.destroy());
  });
  const response = await fetchFromProvider(url, post);
  await expect(response.text()).rejects.toThrow();
});

test("a header that is no byte string is left out, the rest stays", async () => {
  const url = await serve((request) => {
    request.socket.end(
      Buffer.from("HTTP/1.1 429 Slow\r\nx-odd: \u{1F600}\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n"),
    );
  });
  const response = await fetchFromProvider(url, post);
  expect([response.status, response.headers.get("retry-after")]).toEqual([429, "7"]);
});
