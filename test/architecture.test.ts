import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { errorCatalog } from "../src/core/errors.ts";
import { checkArchitecture, sourceFolders } from "./support/architecture/all-rules.ts";
import { listFunctions } from "./support/architecture/functions.ts";
import { floors } from "./support/architecture/import-rules.ts";
import { listImports } from "./support/architecture/imports.ts";
import { readSourceTree, toSourceFile, type Violation } from "./support/architecture/source-tree.ts";

const root = dirname(import.meta.dirname);

describe("this tree", () => {
  const files = readSourceTree(root, sourceFolders);

  test("keeps every rule", () => {
    expect(checkArchitecture(files).map(toLine)).toEqual([]);
  });

  test("was really read: files, imports and functions are seen", () => {
    const sources = files.filter((file) => file.path.startsWith("src/"));
    expect(sources.length).toBeGreaterThan(20);
    expect(sources.flatMap(listImports).length).toBeGreaterThan(sources.length);
    expect(sources.flatMap(listFunctions).length).toBeGreaterThan(sources.length);
  });
});

test("docs/errors.md says of every error what the catalog says, and what to do", () => {
  const rows = readFileSync(join(root, "docs/errors.md"), "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) => line.split("|").map((cell) => cell.trim()));
  const told = rows.map(([, code, status, exitCode, title]) => [code, status, exitCode, title]);
  const known = Object.entries(errorCatalog).map(([code, { status, exitCode, title }]) => [
    `\`${code}\``,
    String(status),
    String(exitCode),
    title,
  ]);
  expect(told).toEqual(known);
  expect(rows.filter(([, , , , , advice]) => advice === "")).toEqual([]);
});

test("the lockfile names the packages of every platform, else npm ci refuses it (node .ci/complete-lock.cjs)", () => {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    packages: Record<string, { optionalDependencies?: Record<string, string> }>;
  };
  const locked = new Set(Object.keys(lock.packages).map((path) => path.split("node_modules/").at(-1)));
  const wanted = Object.values(lock.packages).flatMap((entry) =>
    Object.keys(entry.optionalDependencies ?? {}),
  );
  expect(wanted.filter((name) => !locked.has(name))).toEqual([]);
});

test("a file that the daemon starts by its place is an entry of rolldown.config.ts, else the built one has none there", () => {
  const started = readSourceTree(root, sourceFolders)
    .filter(({ path }) => path.startsWith("src/") && !path.startsWith("src/cli/"))
    .flatMap(({ path }) =>
      [...readFileSync(join(root, path), "utf8").matchAll(/new URL\(`\.\/([\w-]+)\$\{extname/g)].map(
        ([, name]) => join(dirname(path), name ?? "").slice("src/".length),
      ),
    );
  const config = readFileSync(join(root, "rolldown.config.ts"), "utf8");
  expect(started).toContain("store/sqlite/worker");
  expect(started.filter((file) => !config.includes(`"${file}"`))).toEqual([]);
});

describe("each rule sees its fault", () => {
  const planted: { fault: string; rule: string; files: Record<string, string> }[] = [
    {
      fault: "an import of a folder above",
      rule: "floors",
      files: { "src/store/a.ts": `import { b } from "../engine/b.ts";`, "src/engine/b.ts": "" },
    },
    {
      fault: "a type import of a folder above",
      rule: "floors",
      files: { "src/core/a.ts": `import type { B } from "../config/b.ts";`, "src/config/b.ts": "" },
    },
    {
      fault: "a type named by import() of a folder above",
      rule: "floors",
      files: {
        "src/core/a.ts": `export type A = import("../cli/b.ts").B;`,
        "src/cli/b.ts": "",
      },
    },
    {
      fault: "a re-export from a folder above",
      rule: "floors",
      files: {
        "src/policy/a.ts": `const c = 1;\nexport { c };\nexport { b } from "../store/b.ts";`,
        "src/store/b.ts": "",
      },
    },
    {
      fault: "a lazy import of a folder above",
      rule: "floors",
      files: {
        "src/engine/a.ts": "export const load = () => import(`../daemon/b.ts`);",
        "src/daemon/b.ts": "",
      },
    },
    {
      fault: "a sibling",
      rule: "floors",
      files: { "src/tools/a.ts": `import { b } from "../ledger/b.ts";`, "src/ledger/b.ts": "" },
    },
    {
      fault: "a folder that the row does not know",
      rule: "floors",
      files: { "src/extra/a.ts": `import { b } from "../core/b.ts";`, "src/core/b.ts": "" },
    },
    {
      fault: "the product importing a test",
      rule: "floors",
      files: { "src/core/a.ts": `import { b } from "../../test/b.ts";`, "test/b.ts": "" },
    },
    {
      fault: "an import of no file",
      rule: "resolved",
      files: { "src/core/a.ts": `import { b } from "./b.js";`, "src/core/b.ts": "" },
    },
    {
      fault: "a ring of three, one link a type",
      rule: "cycles",
      files: {
        "src/core/a.ts": `import { b } from "./b.ts";`,
        "src/core/b.ts": `import type { C } from "./c.ts";`,
        "src/core/c.ts": `export const load = () => import("./a.ts");`,
      },
    },
    {
      fault: "a file that imports itself",
      rule: "cycles",
      files: { "src/core/a.ts": `import { a } from "./a.ts";` },
    },
    { fault: "Node in core", rule: "pure", files: { "src/core/a.ts": `import { join } from "node:path";` } },
    { fault: "Node in policy, old name", rule: "pure", files: { "src/policy/a.ts": `import fs from "fs";` } },
    {
      fault: "Node in contract, a type",
      rule: "pure",
      files: { "src/contract/a.ts": `import type { Server } from "node:http";` },
    },
    {
      fault: "the environment outside config",
      rule: "process-env",
      files: { "src/cli/a.ts": "export const a = process.env.HOME;" },
    },
    {
      fault: "the environment by index",
      rule: "process-env",
      files: { "src/cli/a.ts": `export const a = process["env"];` },
    },
    {
      fault: "the environment taken apart",
      rule: "process-env",
      files: { "src/cli/a.ts": "const { pid, env } = process;" },
    },
    {
      fault: "the environment imported",
      rule: "process-env",
      files: { "src/cli/a.ts": `import { env } from "node:process";` },
    },
    { fault: "a file of 251 lines", rule: "file-size", files: { "src/core/a.ts": "// x\n".repeat(251) } },
    { fault: "a test of 401 lines", rule: "file-size", files: { "test/a.test.ts": "// x\n".repeat(401) } },
    {
      fault: "a function of 51 lines",
      rule: "function-size",
      files: { "src/core/a.ts": toFunction("function a()", 51) },
    },
    {
      fault: "a method of 51 lines",
      rule: "function-size",
      files: {
        "src/core/a.ts": `class A {\n${toFunction("override async run<T>(a: T): Promise<Map<string, T>>", 51)}}`,
      },
    },
    {
      fault: "an arrow of 51 lines",
      rule: "function-size",
      files: { "src/core/a.ts": toFunction("const a = async (b: number): Promise<void> =>", 51) },
    },
    {
      fault: "an arrow expression of 51 lines",
      rule: "function-size",
      files: { "src/core/a.ts": `const a = (b) =>\n${"  b +\n".repeat(49)}  1;` },
    },
    {
      fault: "four parameters",
      rule: "parameters",
      files: { "src/core/a.ts": "function a(b: Map<string, number>, { c, d }: X, e = [1, 2], f) {}" },
    },
    {
      fault: "an arrow of four parameters",
      rule: "parameters",
      files: { "src/core/a.ts": "const a = (b, c, d, e) => 1;" },
    },
    {
      fault: "a constructor of four parameters",
      rule: "parameters",
      files: { "src/core/a.ts": "class A { constructor(b: B, c: C, d: D, e: E) { super(b); } }" },
    },
    { fault: "a name that says nothing", rule: "banned-name", files: { "src/core/session-manager.ts": "" } },
    { fault: "types.ts", rule: "banned-name", files: { "src/store/types.ts": "" } },
    { fault: "a folder of leftovers", rule: "banned-name", files: { "src/core/utils/a.ts": "" } },
    { fault: "camelCase", rule: "kebab-case", files: { "src/core/openFile.ts": "" } },
    { fault: "a default export", rule: "default-export", files: { "src/core/a.ts": "export default 1;" } },
    {
      fault: "a default export by name",
      rule: "default-export",
      files: { "test/a.ts": "const a = 1;\nexport { a as default };" },
    },
    { fault: "an index file", rule: "barrel", files: { "src/core/index.ts": "export const a = 1;" } },
    {
      fault: "export *",
      rule: "barrel",
      files: { "src/core/a.ts": `const c = 1;\nexport * from "./b.ts";`, "src/core/b.ts": "" },
    },
    {
      fault: "nothing but re-exports",
      rule: "barrel",
      files: { "src/core/a.ts": `export type { B } from "./b.ts";`, "src/core/b.ts": "" },
    },
    { fault: "any as a parameter", rule: "any", files: { "src/core/a.ts": "function a(b: any) {}" } },
    { fault: "any by assertion", rule: "any", files: { "test/a.ts": "const a = b as any;" } },
    {
      fault: "any in a generic",
      rule: "any",
      files: { "src/core/a.ts": "const a = new Map<string, any>();" },
    },
    { fault: "a left-over", rule: "left-over", files: { "src/core/a.ts": "/* TODO: later */" } },
  ];

  test.each(planted)("$rule: $fault", ({ rule, files }) => {
    const found = checkPlanted(files);
    expect(found.map((violation) => violation.rule)).toEqual([rule]);
  });
});

describe("what is right is let through", () => {
  test("the row of floors downwards, each on all below", () => {
    const files: Record<string, string> = { "src/index.ts": `export { a } from "./cli/a.ts";` };
    const below: string[] = [];
    for (const row of floors) {
      for (const folder of row) {
        files[`src/${folder}/a.ts`] = below.map((name) => `import "../${name}/a.ts";\n`).join("");
      }
      below.push(...row);
    }
    expect(checkPlanted(files)).toEqual([]);
  });

  test("words that only look like a fault", () => {
    const source = [
      `import { a } from "./b.ts"; // import { x } from "../cli/x.ts"`,
      "const text = `import { x } from \"../cli/x.ts\" ${a ? `${a} any` : '`'} process.env`;",
      "const pattern = /[/\"'`{(]+process.env/g;",
      `const until = { any: 1, env: 2 }; until.any; options.env; Promise.any([]);`,
      "if (a) { for (const b of c) while (d(1, 2, 3, 4)) e(1, 2, 3, 4); }",
      "const half = a / 2 / 3; // a division, no pattern",
    ].join("\n");
    expect(checkPlanted({ "src/core/a.ts": source, "src/core/b.ts": "" })).toEqual([]);
  });

  test("functions are measured by their own lines and parameters", () => {
    const source =
      "type F = (a: A, b: B) => void;\nconst f = (a: { b: (c: C, d: D) => E }, g?: G): H =>\n  a;\nobject.call(1, (x) => x);\nfunction g(): (x: X) => Y {\n  z();\n}";
    const spans = listFunctions(toSourceFile("src/core/a.ts", source));
    expect(spans.map(({ lineCount, parameterCount }) => [lineCount, parameterCount])).toEqual([
      [1, 2],
      [1, 2],
      [2, 2],
      [1, 1],
      [3, 0],
      [1, 1],
    ]);
  });
});

const planted: string[] = [];

afterEach(() => {
  for (const folder of planted.splice(0)) rmSync(folder, { recursive: true });
});

function checkPlanted(files: Record<string, string>): Violation[] {
  const folder = mkdtempSync(join(tmpdir(), "profclaw-planted-"));
  planted.push(folder);
  for (const [path, source] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), source);
  }
  return checkArchitecture(readSourceTree(folder, sourceFolders));
}

function toFunction(head: string, lineCount: number): string {
  return `${head} {\n${"  step();\n".repeat(lineCount - 2)}}\n`;
}

function toLine(found: Violation): string {
  return `${found.path}:${found.line} ${found.rule}: ${found.detail}`;
}
