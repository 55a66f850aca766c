import { expect, test } from "vitest";
import { fillRoute, routes } from "../../../src/client/routes.ts";
import { operations } from "../../../src/contract/operations.ts";

test("the client calls every operation where the contract says it is", () => {
  const contract = Object.fromEntries(
    Object.entries(operations).map(([name, { method, path }]) => [name, { method, path }]),
  );
  expect(routes).toEqual(contract);
});

test("path parameters are encoded and leave the body", () => {
  const { target, body } = fillRoute(routes.cancelSession, { id: "a/b?c" });
  expect(target).toBe("/api/agents/sessions/a%2Fb%3Fc/cancel");
  expect(body).toBe("{}");
});

test("the rest of a read is its query, lists as repeated names, nothing for what is undefined", () => {
  const input = { status: ["queued", "running"], label: ["team=a,b"], batch: undefined, limit: 5 };
  const { target, body } = fillRoute(routes.listSessions, input);
  expect(target).toBe("/api/agents/sessions?status=queued&status=running&label=team%3Da%2Cb&limit=5");
  expect(body).toBeUndefined();
});

test("a read without parameters has no question mark", () => {
  expect(fillRoute(routes.getPool, {}).target).toBe("/api/pool");
});
