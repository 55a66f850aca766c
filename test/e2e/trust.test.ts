import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { FolderTrustView } from "../../src/contract/trust-operations.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";

let stage: Stage;
let project: string;

const settings = (text: string) => writeFileSync(join(project, "profclaw.yaml"), text);
const check = () => stage.run(["policy", "check", "make all", "--cwd", project]);

beforeAll(async () => {
  stage = await createStage();
  project = join(stage.root, "project");
  mkdirSync(project);
  settings('policy:\n  allow: ["Bash(make:*)"]\n');
  await stage.run(["up"]);
});

afterAll(() => stage.close());

test("off a terminal trust shows what it is for and needs --yes; then the folder's allow rules count", async () => {
  expect((await check()).exitCode).toBe(8);
  const asked = await stage.run(["trust", project]);
  expect(asked.exitCode).toBe(8);
  expect(asked.stderr).toContain('allow: ["Bash(make:*)"]');
  expect(asked.stderr).toContain("--yes");
  expect((await check()).exitCode).toBe(8);
  const trusted = await stage.run(["trust", project, "--yes"]);
  expect(trusted.exitCode).toBe(0);
  expect(trusted.stdout).toContain("trusted");
  expect(statSync(join(stage.state, "trust.json")).mode & 0o777).toBe(0o600);
  expect((await check()).exitCode).toBe(0);
});

test("it ends when the content changes, and says so", async () => {
  settings('policy:\n  allow: ["Bash(make:*)", "Bash(curl:*)"]\n');
  expect((await check()).exitCode).toBe(8);
  expect((await stage.run(["policy", "show", "--cwd", project])).stdout).toContain("Trust has ended");
  const listed = await stage.run(["trust", "--list"]);
  expect(listed.stdout).toContain("trust has ended, these changed: profclaw.yaml");
  expect((await stage.run(["trust", project, "--remove"])).exitCode).toBe(0);
  expect((await stage.run(["trust", project, "--remove"])).exitCode).toBe(5);
});

test("over REST it needs the token, and the very content that was looked at", async () => {
  const path = `/api/trust/${encodeURIComponent(project)}`;
  expect((await stage.rest(path)).status).toBe(401);
  const token = stage.token();
  const { content } = (await stage.rest(path, { token })).json<FolderTrustView>();
  settings('policy:\n  allow: ["Bash"]\n');
  const late = await stage.rest(path, { method: "PUT", token, body: { content } });
  expect(late.status).toBe(422);
  const again = (await stage.rest(path, { token })).json<FolderTrustView>();
  const put = await stage.rest(path, { method: "PUT", token, body: { content: again.content } });
  expect(put.json<FolderTrustView>().state).toBe("trusted");
  expect((await stage.rest("/api/trust/relative", { token })).status).toBe(422);
});

test("no session writes a folder's settings", async () => {
  const written = await stage.run(["policy", "check", "--write", "profclaw.yaml", "--cwd", project]);
  expect(written.exitCode).toBe(6);
  const full = ["--permission-mode", "full"];
  expect((await stage.run(["policy", "check", "--write", "profclaw.yaml", ...full])).exitCode).toBe(6);
});
