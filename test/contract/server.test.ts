import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { operations } from "../../src/contract/operations.ts";
import {
  adminToken,
  echoHandlers,
  echoStreams,
  send,
  startTestServer,
  type TestServer,
} from "../unit/server/server-fixture.ts";

/** Every route that the server has, with a body that is right where one is needed. */
interface WalkedRoute {
  method: string;
  path: string;
  body?: string;
  isAdminOnly: boolean;
  status: number;
}

const bodies: Record<string, string> = {
  createSessions: '{"sessions":[{"task":"walk"}]}',
  createFlow: '{"flow":{"steps":[{"id":"walk","task":"walk"}]}}',
  planFlow: '{"flow":{"steps":[{"id":"walk","task":"walk"}]}}',
  answerApproval: '{"verdict":"allow"}',
  sendMessage: '{"message":"hello"}',
  distill: '{"text":"it is so"}',
  voteDistill: '{"weight":1}',
  whisper: '{"to_cid":"abc","content":"hello"}',
  broadcast: '{"content":"hello"}',
  ask: '{"to_cid":"abc","question":"hello?"}',
  respond: '{"content":"hello"}',
  greetDaemon: '{"version":"1","env":{}}',
  checkPolicy: '{"command":"ls"}',
  findHints: '{"text":"hello"}',
  openThread: '{"title":"t","text":"hello"}',
  noteThread: '{"text":"hello"}',
  releaseCandidate: '{"claim_id":"abc"}',
  trustFolder: '{"content":""}',
};

/** What the others need that is not in their path. */
const queries: Record<string, string> = { searchTexts: "?query=hello" };

const operationRoutes: WalkedRoute[] = ["/api", "/api/v1"].flatMap((base) =>
  Object.entries(operations).map(([name, { method, path, access, successStatus }]) => ({
    method,
    path: `${base}${path.replaceAll(/\{\w+\}/g, "abc")}${queries[name] ?? ""}`,
    ...(method === "GET" || method === "DELETE" ? {} : { body: bodies[name] ?? "{}" }),
    isAdminOnly: access !== "local",
    status: successStatus,
  })),
);
const ownRoutes: WalkedRoute[] = [
  ...["/openapi.json", "/docs", "/healthz", "/readyz", "/metrics"].map((path) => ({ path, status: 200 })),
  { path: "/nowhere", status: 404 },
  { path: "/api/agents/sessions/abc/nowhere", status: 404 },
].map((route) => ({ ...route, method: "GET", isAdminOnly: false }));
const refusedMethods: WalkedRoute[] = [
  { method: "DELETE", path: "/api/pool", isAdminOnly: false, status: 405 },
  { method: "PATCH", path: "/api/cost", body: "{}", isAdminOnly: false, status: 405 },
];
const routes = [...operationRoutes, ...ownRoutes, ...refusedMethods];
const events = { accept: "text/event-stream" };
const json = { "content-type": "application/json" };

let server: TestServer;
const ends: (() => Promise<void>)[] = [];

beforeAll(async () => {
  server = await startTestServer(
    { operations, handlers: echoHandlers(operations), streams: echoStreams(operations) },
    (end) => ends.push(end),
  );
});
afterAll(async () => {
  for (const end of ends) await end();
});

function toTest({ method, path, body }: WalkedRoute) {
  return { method, path, ...(body === undefined ? {} : { body, headers: json }) };
}

/** What is foreign, its header, and the refusal. */
const foreign: [string, Record<string, string>, number, string][] = [
  ["a foreign Host", { host: "evil.example" }, 421, "host-refused"],
  ["a Host that is none", { host: "e vil/.." }, 421, "host-refused"],
  ["our address as part of a foreign Host", { host: "127.0.0.1.evil.example:3000" }, 421, "host-refused"],
  ["a foreign Origin", { origin: "http://evil.example" }, 403, "origin-refused"],
  ["no Origin to name", { origin: "null" }, 403, "origin-refused"],
  ["another port's page", { origin: "http://127.0.0.1:1" }, 403, "origin-refused"],
  ["a page's image", { "sec-fetch-site": "cross-site" }, 403, "origin-refused"],
];

describe("who gets in, route by route", () => {
  test.each(["unix", "tcp"] as const)("an admin gets every route (%s)", async (via) => {
    const headers = via === "unix" ? {} : { authorization: `Bearer ${adminToken}` };
    for (const route of routes) {
      const sent = toTest(route);
      const answer = await send(server, { ...sent, via, headers: { ...sent.headers, ...headers } });
      expect([route.method, route.path, answer.status]).toEqual([route.method, route.path, route.status]);
      if (answer.json["caller"] !== undefined) expect(answer.json["caller"]).toEqual({ kind: "admin" });
    }
  });

  test.for(["tcp", "::1"] as const)(
    "our user without a token gets what is local (%s)",
    async (via, { skip }) => {
      if (via === "::1" && server.urls.length < 2) skip("this machine has no ::1");
      for (const route of routes) {
        const answer = await send(server, { ...toTest(route), via });
        const status = route.isAdminOnly ? 401 : route.status;
        expect([route.method, route.path, answer.status]).toEqual([route.method, route.path, status]);
        if (answer.json["caller"] !== undefined) expect(answer.json["caller"]).toEqual({ kind: "local" });
        if (status === 401) expect(answer.json["hint"]).toContain("Authorization: Bearer");
      }
    },
  );

  test.for(foreign)("%s is refused on every route, whoever calls", async ([, headers, status, code]) => {
    const admin = { authorization: `Bearer ${adminToken}` };
    const callers = [{}, admin, { authorization: "Bearer wrong" }, events];
    for (const [route, caller] of routes.flatMap((one) => callers.map((each) => [one, each] as const))) {
      const sent = toTest(route);
      const via = caller === callers[0] ? "unix" : "tcp";
      const answer = await send(server, {
        ...sent,
        via,
        headers: { ...sent.headers, ...caller, ...headers },
      });
      expect([route.path, answer.status, answer.json["code"]]).toEqual([route.path, status, code]);
    }
  });

  test("a wrong token is refused on every route, also where none is needed", async () => {
    for (const route of routes) {
      const sent = toTest(route);
      for (const authorization of ["Bearer wrong", `Basic ${adminToken}`, `Bearer ${adminToken}x`]) {
        const answer = await send(server, { ...sent, headers: { ...sent.headers, authorization } });
        expect([route.path, answer.status]).toEqual([route.path, 401]);
        expect(answer.headers["www-authenticate"]).toContain("Bearer");
      }
    }
  });

  const isRoot = process.getuid?.() === 0;
  test.skipIf(!isRoot)(
    "another user on this machine is refused on every route (needs root to become one)",
    async () => {
      const url = `http://127.0.0.1:${server.port}`;
      const requests = routes.flatMap(({ method, path, body }, index) => [
        ...(index === 0 ? [] : ["--next"]),
        "-s",
        "-o",
        "/dev/null",
        "-w",
        "%{http_code} ",
        "-X",
        method,
        ...(body === undefined ? [] : ["-H", "Content-Type: application/json", "-d", body]),
        `${url}${path}`,
      ]);
      const nobody = ["--reuid", "65534", "--regid", "65534", "--clear-groups", "curl"];
      const { stdout } = await promisify(execFile)("setpriv", [...nobody, ...requests], { timeout: 10_000 });
      expect(stdout.trim().split(" ")).toEqual(routes.map(() => "401"));
    },
  );

  test("a write that is not JSON is refused before anyone is asked for a token", async () => {
    const writes = routes.filter((route) => route.body !== undefined && route.status < 400);
    const types = ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1", ""];
    for (const route of writes) {
      for (const type of types) {
        const headers = { "content-type": type, authorization: "Bearer wrong" };
        const answer = await send(server, { ...toTest(route), headers });
        expect([route.path, type, answer.status]).toEqual([route.path, type, 415]);
        expect(answer.json["code"]).toBe("unsupported-media-type");
      }
    }
  });
});
