import { execFileSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { createWorkspace, callTool, textOf } from "./tool-fixture.ts";

const path = process.env["PATH"] ?? "";
const vitestBin = new URL("../../../node_modules", import.meta.url).pathname;

function isOnPath(program: string): boolean {
  return path.split(":").some((folder) => {
    try {
      accessSync(`${folder}/${program}`, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Skipped with the reason in its name, so that a run says what it did not prove. */
function testWith(program: string, name: string, job: () => Promise<void>): void {
  if (isOnPath(program)) test(name, job, 120_000);
  else test.skip(`${name} (skipped: no ${program} on this machine)`, job);
}

const nodeTests = `
  const { test, describe, it } = require("node:test");
  const assert = require("node:assert");
  describe("sum", () => { it("adds", () => {}); it("subtracts", () => assert.equal(1, 2)); it.skip("later", () => {}); });
`;
const nodeProject = {
  "package.json": JSON.stringify({ scripts: { test: "node --test" } }),
  "sum.test.js": nodeTests,
};

const expectations = ["1 passed, 1 failed, 1 skipped", "subtracts"];

async function expectCounts(files: Record<string, string>, runner: string): Promise<string> {
  const { context } = await createWorkspace(files);
  const outcome = await callTool(context, "test_run", {});
  if (outcome.kind !== "result") throw new Error(outcome.kind);
  expect(outcome.text).toMatch(new RegExp(`^${runner}: .*, in \\.`));
  for (const part of expectations) expect(outcome.text).toContain(part);
  expect(outcome.text.length).toBeLessThan(6_000);
  expect(outcome.isError).toBe(false);
  return outcome.text;
}

describe("test_run on real projects", () => {
  testWith("npm", "npm with node --test", async () => {
    const text = await expectCounts(nodeProject, "npm");
    expect(text).toContain(
      "npm: npm test, in .\nfailed (node --test, exit code 1): 1 passed, 1 failed, 1 skipped",
    );
    expect(text).toContain("1 == 2");
  });

  testWith("npm", "npm with vitest", async () => {
    const { context, root } = await createWorkspace({
      "package.json": JSON.stringify({ type: "module", scripts: { test: "vitest run" } }),
      "a.test.ts":
        'import { test, expect } from "vitest";\ntest("adds", () => {}); test("subtracts", () => expect(1).toBe(2)); test.skip("later", () => {});',
    });
    await symlink(vitestBin, `${root}/node_modules`);
    const text = await textOf(context, "test_run", {});
    expect(text).toContain("failed (vitest, exit code 1): 1 passed, 1 failed, 1 skipped");
    expect(text).toContain("Failing:\n- a.test.ts > subtracts");
    expect(await textOf(context, "test_run", { filter: "adds" })).toContain("1 passed, 0 failed");
    expect(await textOf(context, "test_run", { path: "a.test.ts" })).toContain("npm test -- ./a.test.ts");
  });

  for (const [runner, lock] of [
    ["pnpm", "pnpm-lock.yaml"],
    ["bun", "bun.lock"],
  ] as const) {
    testWith(runner, runner, async () => {
      await expectCounts({ ...nodeProject, [lock]: "" }, runner);
    });
  }

  testWith("yarn", "yarn", async () => {
    const { context, root } = await createWorkspace({
      ...nodeProject,
      "yarn.lock": "",
      ".yarnrc.yml": "nodeLinker: node-modules\n",
    });
    // Newer ones run nothing before they have written their own state.
    execFileSync("yarn", ["install"], { cwd: root, stdio: "ignore" });
    expect(await textOf(context, "test_run", {})).toContain("1 passed, 1 failed, 1 skipped");
  });

  testWith("pytest", "pytest", async () => {
    const files = {
      "pyproject.toml": "",
      "test_sum.py":
        "import pytest\ndef test_adds(): pass\ndef test_subtracts(): assert 1 == 2\n@pytest.mark.skip\ndef test_later(): pass\n",
    };
    expect(await expectCounts(files, "pytest")).toContain("- test_sum.py::test_subtracts");
    const { context } = await createWorkspace(files);
    expect(await textOf(context, "test_run", { filter: "adds" })).toContain("1 passed, 0 failed");
    expect(await textOf(context, "test_run", { path: "test_sum.py", filter: "nothing_like_it" })).toContain(
      "failed",
    );
  });

  testWith("cargo", "cargo", async () => {
    const text = await expectCounts(
      {
        "Cargo.toml": '[package]\nname = "demo"\nversion = "0.1.0"\nedition = "2021"\n',
        "src/lib.rs":
          "#[cfg(test)] mod tests { #[test] fn adds() {} #[test] fn subtracts() { assert_eq!(1, 2); } #[test] #[ignore] fn later() {} }\n",
      },
      "cargo",
    );
    expect(text).toContain("- tests::subtracts");
  });

  testWith("go", "go", async () => {
    const source =
      'package demo\nimport "testing"\nfunc TestAdds(t *testing.T) {}\nfunc TestSubtracts(t *testing.T) { t.Fatal("subtracts") }\nfunc TestLater(t *testing.T) { t.Skip() }\n';
    await expectCounts({ "go.mod": "module demo\n", "demo_test.go": source }, "go");
  });

  testWith("make", "make", async () => {
    await expectCounts({ Makefile: "test:\n\tnode --test\n", "sum.test.js": nodeTests }, "make");
  });
});

describe("what is tested", () => {
  testWith("npm", "the nearest manifest at or above the path, which the answer names", async () => {
    const { context } = await createWorkspace({
      "packages/a/package.json": JSON.stringify({ scripts: { test: "node --test" } }),
      "packages/a/src/deep/x.test.js": 'require("node:test").test("deep one", () => {});',
      "package.json": JSON.stringify({ scripts: { test: "exit 9" } }),
    });
    const text = await textOf(context, "test_run", { path: "packages/a/src/deep" });
    expect(text).toContain("in packages/a");
    expect(text).toContain("1 passed, 0 failed, 0 skipped");
  });

  testWith("npm", "a package.json whose test script says nothing gives way to the one above", async () => {
    const { context } = await createWorkspace({
      "a/package.json": JSON.stringify({ scripts: { test: 'echo "Error: no test specified" && exit 1' } }),
      "package.json": JSON.stringify({ scripts: { test: "echo above" } }),
    });
    expect(await textOf(context, "test_run", { path: "a" })).toContain("above");
  });

  test("never a manifest above the workspace", async () => {
    const { context, root } = await createWorkspace({ ...nodeProject, "inner/a.txt": "" });
    const text = await textOf({ ...context, cwd: `${root}/inner` }, "test_run", {});
    expect(text).toContain("No test setup was found");
  });

  test("a missing path and a broken manifest are told", async () => {
    const { context } = await createWorkspace({ "package.json": "{" });
    expect(await textOf(context, "test_run", { path: "none" })).toContain("does not exist");
    expect(await textOf(context, "test_run", {})).toContain("not valid JSON");
  });

  test("a filter that could be a flag, or that the runner does not know, is refused", async () => {
    const { context } = await createWorkspace({
      "package.json": JSON.stringify({ scripts: { test: "./run-all" } }),
    });
    expect(await textOf(context, "test_run", { filter: "--globalSetup=x" })).toContain(
      "must not start with -",
    );
    expect(await textOf(context, "test_run", { filter: "x" })).toContain("is not known");
    const make = await createWorkspace({ Makefile: "test:\n\ttrue\n" });
    expect(await textOf(make.context, "test_run", { filter: "x" })).toContain("make can not filter");
  });

  testWith("npm", "node takes a filter through its environment", async () => {
    const { context } = await createWorkspace(nodeProject);
    expect(await textOf(context, "test_run", { filter: "adds" })).toContain("1 passed, 0 failed");
  });
});

describe("honest answers", () => {
  testWith("npm", "a run that says no counts is told by its exit code and its end", async () => {
    const { context } = await createWorkspace({
      "package.json": JSON.stringify({ scripts: { test: "echo hm; exit 3" } }),
    });
    const outcome = await callTool(context, "test_run", {});
    expect(outcome).toMatchObject({
      isError: true,
      text: expect.stringContaining("could not read the counts"),
    });
    expect(outcome).toMatchObject({ text: expect.stringContaining("failed (exit code 3)") });
  });

  test("a runner that is not installed is said plainly", async () => {
    const { context, root } = await createWorkspace({ ...nodeProject, "pnpm-lock.yaml": "" });
    await mkdir(`${root}/empty`);
    const text = await textOf({ ...context, path: `${root}/empty` }, "test_run", {});
    expect(text).toContain("is tested with pnpm, but pnpm can not be found on PATH. Nothing was run.");
  });

  testWith("npm", "tests that do not end are stopped and told", async () => {
    const { context } = await createWorkspace({
      "package.json": JSON.stringify({ scripts: { test: "sleep 60" } }),
    });
    expect(await textOf(context, "test_run", { timeout_ms: 1_500 })).toContain("stopped after 1500 ms");
  });

  testWith("npm", "nothing of ours is in the tests' environment", async () => {
    const { context, root } = await createWorkspace({
      "package.json": JSON.stringify({ scripts: { test: "env > seen; exit 0" } }),
    });
    process.env["ANTHROPIC_API_KEY"] = "secret-key";
    await textOf(context, "test_run", {});
    delete process.env["ANTHROPIC_API_KEY"];
    expect(await readFile(`${root}/seen`, "utf8")).not.toContain("secret-key");
    await writeFile(`${root}/seen`, "");
  });
});
