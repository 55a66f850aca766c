import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { operations } from "../../src/contract/operations.ts";
import { startProgram, type ProgramEnd } from "../support/e2e/program.ts";
import { binPath, createStage, type Stage } from "../support/e2e/stage.ts";
import { createFixtureMcp } from "../support/mcp/conformance/fixture-mcp.ts";
import { echoHandlers, echoStreams, startTestServer } from "../unit/server/server-fixture.ts";

/** Their programs; `.ci/run` puts them into its cache. */
const conformance = process.env["MCP_CONFORMANCE"];
const inspector = process.env["MCP_INSPECTOR"];

let stage: Stage;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "profclaw-judges-"));
  stage = await createStage();
  await stage.run(["up"]);
});
afterAll(async () => {
  await stage.close();
  rmSync(folder, { recursive: true });
});

function judge(argv: readonly [string, ...string[]]): Promise<ProgramEnd> {
  const program = startProgram({
    argv: [process.execPath, ...argv],
    env: { PATH: process.env["PATH"] ?? "", HOME: folder },
    cwd: folder,
    withinMs: 120_000,
  });
  program.endInput();
  return program.ended;
}

describe.runIf(conformance !== undefined)("the conformance suite of the protocol", () => {
  test("passes every server scenario against our server with the tools that the suite names", async () => {
    const server = await startTestServer({
      operations,
      handlers: echoHandlers(operations),
      streams: echoStreams(operations),
      mcp: createFixtureMcp(),
    });
    const url = `http://127.0.0.1:${server.port}/mcp`;
    const { stdout, exitCode } = await judge([conformance ?? "", "server", "--url", url]);
    expect(stdout.match(/^✗.*$/gm) ?? [], stdout.slice(-3_000)).toEqual([]);
    expect(stdout.match(/^✓/gm)?.length).toBeGreaterThanOrEqual(30);
    expect(exitCode).toBe(0);
  }, 150_000);

  // The other one that the suite calls pending, server-sse-polling, has a server cut its answer's stream and the client
  // come back for the rest by Last-Event-ID. Ours keeps no protocol session: who lost an answer asks again by its key.
  test("passes the scenario of newest JSON Schema, which the suite itself calls pending", async () => {
    const server = await startTestServer({
      operations,
      handlers: echoHandlers(operations),
      streams: echoStreams(operations),
      mcp: createFixtureMcp(),
    });
    const url = `http://127.0.0.1:${server.port}/mcp`;
    const scenario = ["--scenario", "json-schema-2020-12"];
    const { stdout, exitCode } = await judge([conformance ?? "", "server", "--url", url, ...scenario]);
    expect(stdout).toMatch(/Passed: [1-9]/);
    expect(exitCode, stdout.slice(-3_000)).toBe(0);
  }, 60_000);

  test.each([
    "server-initialize",
    "ping",
    "tools-list",
    "resources-list",
    "prompts-list",
    "server-sse-multiple-streams",
    "dns-rebinding-protection",
  ])(
    "passes %s against the daemon itself",
    async (scenario) => {
      const { stdout, exitCode } = await judge([
        conformance ?? "",
        "server",
        "--url",
        `${stage.url()}/mcp`,
        "--scenario",
        scenario,
      ]);
      expect(exitCode, stdout.slice(-2_000)).toBe(0);
    },
    60_000,
  );
});

describe.runIf(inspector !== undefined)("the inspector of the protocol", () => {
  test.each(["default", "child", "read", "flows", "aliases"])(
    "finds no fault in the schemas of the toolset %s",
    async (toolset) => {
      // It hands on little of its own environment.
      const env = Object.entries(stage.env).flatMap(([name, value]) => ["-e", `${name}=${value}`]);
      const target = [process.execPath, binPath, "mcp", "--toolset", toolset];
      const { stdout, stderr, exitCode } = await judge([
        inspector ?? "",
        "--cli",
        "--strict",
        "--method",
        "tools/list",
        ...env,
        ...target,
      ]);
      expect(exitCode, stderr.slice(-2_000)).toBe(0);
      expect((JSON.parse(stdout) as { tools: object[] }).tools.length).toBeGreaterThan(3);
      expect(stderr).not.toMatch(/(Warning|Error): tool/);
    },
    60_000,
  );

  test("calls a tool over HTTP", async () => {
    const url = `${stage.url()}/mcp`;
    const call = ["--method", "tools/call", "--tool-name", "peers"];
    const { stdout, stderr, exitCode } = await judge([
      inspector ?? "",
      "--cli",
      url,
      "--transport",
      "http",
      ...call,
    ]);
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toMatch(/"self"/);
  });
});
