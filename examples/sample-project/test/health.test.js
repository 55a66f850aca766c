import assert from "node:assert/strict";
import { test } from "node:test";
import { createRouter } from "../src/router.js";
import { healthRoutes } from "../src/routes/health.js";

test("health answers", async () => {
  const router = createRouter();
  healthRoutes(router);
  const { status } = await router.handle("GET", "/health", {});
  assert.equal(status, 200);
});
