import assert from "node:assert/strict";
import { test } from "node:test";
import { createRouter } from "../src/router.js";
import { orderRoutes } from "../src/routes/orders.js";

test("an order that was placed is listed", async () => {
  const router = createRouter();
  orderRoutes(router);
  await router.handle("POST", "/orders", { items: ["tea"] });
  const { body } = await router.handle("GET", "/orders", {});
  assert.equal(body.length, 1);
});
