import assert from "node:assert/strict";
import { test } from "node:test";
import { createRouter } from "../src/router.js";
import { userRoutes } from "../src/routes/users.js";

function createUsers() {
  const router = createRouter();
  userRoutes(router);
  return router;
}

test("a user who signed up can log in", async () => {
  const router = createUsers();
  await router.handle("POST", "/users", { email: "ada@example.com", password: "correct horse" });
  const { status } = await router.handle("POST", "/login", { email: "ada@example.com", password: "correct horse" });
  assert.equal(status, 200);
});

test("a wrong password is refused", async () => {
  const router = createUsers();
  await router.handle("POST", "/users", { email: "ada@example.com", password: "correct horse" });
  const { status } = await router.handle("POST", "/login", { email: "ada@example.com", password: "battery" });
  assert.equal(status, 401);
});
