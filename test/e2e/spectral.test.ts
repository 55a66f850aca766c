import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { operations } from "../../src/contract/operations.ts";
import { createOpenApi } from "../../src/server/open-api.ts";
import { startProgram } from "../support/e2e/program.ts";

/** Its binary; `.ci/run` puts one into its cache. */
const spectral = process.env["SPECTRAL"];
const ruleset = fileURLToPath(new URL("../../.spectral.yaml", import.meta.url));

async function lint(document: unknown): Promise<{ code: number | null; text: string }> {
  const folder = mkdtempSync(join(tmpdir(), "profclaw-spectral-"));
  const file = join(folder, "openapi.json");
  writeFileSync(file, JSON.stringify(document));
  const argv = [process.execPath, spectral ?? "", "lint", file, "-r", ruleset, "-F", "hint"] as const;
  const program = startProgram({
    argv,
    env: { PATH: process.env["PATH"] ?? "" },
    cwd: folder,
    withinMs: 60_000,
  });
  program.endInput();
  const { exitCode: code, stdout, stderr } = await program.ended;
  rmSync(folder, { recursive: true });
  return { code, text: stdout + stderr };
}

const name = "spectral finds no error and no warning in openapi.json, and would find one";

test.skipIf(spectral === undefined)(
  spectral === undefined ? `${name} (skipped: SPECTRAL names no binary)` : name,
  async () => {
    const document = createOpenApi(Object.values(operations), "1.0.0");
    expect(await lint(document)).toMatchObject({ code: 0, text: expect.stringContaining("No results") });
    const { tags: _, ...untagged } = document;
    expect(await lint(untagged)).toMatchObject({
      code: 1,
      text: expect.stringContaining("operation-tag-defined"),
    });
  },
  120_000,
);
