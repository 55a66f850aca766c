import { defineConfig } from "vitest/config";

/** The tests of `npm run test:agents`, which drive real agents; `npm test` has none of them. */
export default defineConfig({
  test: {
    include: ["test/agents/**/*.test.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 30_000,
  },
});
