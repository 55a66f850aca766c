import { defineConfig } from "vitest/config";

const onCi = process.env["CI"] !== undefined;

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Those drive programs of others: npm run test:agents.
    exclude: ["test/agents/**"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Real processes on a machine that others use too may be starved once. The report names what was tried again.
    retry: onCi ? 1 : 0,
  },
});
