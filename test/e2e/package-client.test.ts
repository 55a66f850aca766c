import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startProgram } from "../support/e2e/program.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";

const checkout = fileURLToPath(new URL("../..", import.meta.url));
const modules = join(checkout, "node_modules");

let folder: string;
let stage: Stage;

/** A project that has the packed package in its node_modules, and only what that needs for its types. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "profclaw-package-"));
  const packed = execFileSync("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder], {
    cwd: checkout,
    encoding: "utf8",
  }).trim();
  const installed = join(folder, "node_modules", "profclaw");
  mkdirSync(installed, { recursive: true });
  const archive = join(folder, packed.split("\n").at(-1) ?? "");
  execFileSync("tar", ["-xzf", archive, "-C", installed, "--strip-components=1"]);
  for (const name of ["zod", "@types", "undici-types"])
    symlinkSync(join(modules, name), join(folder, "node_modules", name));
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  const compilerOptions = {
    module: "nodenext",
    target: "es2023",
    strict: true,
    types: ["node"],
    outDir: "out",
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
  stage = await createStage();
  await stage.run(["up"]);
});

afterAll(async () => {
  await stage.close();
  rmSync(folder, { recursive: true });
});

async function run(argv: readonly [string, ...string[]]) {
  const program = startProgram({ argv, cwd: folder, env: { ...stage.env }, withinMs: 60_000 });
  program.endInput();
  return program.ended;
}

test("the page's example type-checks against the packed package, and does what it says", async () => {
  const page = readFileSync(join(checkout, "docs", "client.md"), "utf8");
  const example = /```ts\n([^]*?)```/.exec(page)?.[1] ?? "";
  writeFileSync(join(folder, "example.ts"), example);
  const checked = await run([process.execPath, join(modules, "typescript", "bin", "tsc"), "-p", folder]);
  expect([checked.exitCode, checked.stdout]).toEqual([0, ""]);
  const ran = await run([process.execPath, join(folder, "out", "example.js")]);
  expect(ran.stderr).toBe("");
  expect(ran.stdout.split("\n")[0]).toBe("1 session-create");
  expect(ran.stdout).toMatch(
    /\d+ session-end\ncompleted done: Say hello\ncompleted done: Say goodbye\nsession-ended\n$/,
  );
  expect(ran.exitCode).toBe(0);
}, 90_000);

test("a wrong field does not type-check", async () => {
  const wrong = `import { createClient, localDaemon } from "profclaw";
    await createClient(localDaemon()).createSessions({ sessions: [{ tsak: "x" }] });`;
  writeFileSync(join(folder, "example.ts"), wrong);
  const checked = await run([process.execPath, join(modules, "typescript", "bin", "tsc"), "-p", folder]);
  expect(checked.exitCode).not.toBe(0);
  expect(checked.stdout).toMatch(/tsak/);
});
