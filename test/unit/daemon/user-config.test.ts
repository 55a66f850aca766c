import { chmodSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { admin, type InProcessDaemon, startInProcessDaemon } from "../../support/daemon/in-process-daemon.ts";

let daemon: InProcessDaemon | undefined;

afterEach(async () => {
  await daemon?.close();
});

const planted = "sk-planted-4c1e";

function write(text: string, mode = 0o600): void {
  const path = join(daemon?.home ?? "", "config.yaml");
  writeFileSync(path, text);
  chmodSync(path, mode);
}

async function greet(env: Record<string, string> = {}): Promise<string[]> {
  return (await daemon!.handlers.greetDaemon({ version: "0.0.0", env }, admin)).changes;
}

test("a changed file holds at the next greeting and is said; a wrong one is refused, and the status says so", async () => {
  daemon = await startInProcessDaemon(() => ({ text: "done" }));
  write(
    "pool: { max_concurrent: 3, timeout: 1m }\nbudgets: { day: 5 }\nproviders: { groq: { requests_per_minute: 9 } }",
  );
  const [first, ...said] = await greet();
  expect(first).toMatch(/config\.yaml is read again$/);
  expect(said).toEqual([
    "at most 3 sessions at once (was 10)",
    "a session may run 1m00s (was 5m00s)",
    "groq: 9 requests a minute (was no limit)",
    "at most $5.00 a day (was no limit)",
  ]);
  expect(await greet()).toEqual([]);

  write("pool: { max_concurrent: 0 }");
  expect((await greet()).join()).toMatch(/stays in force.*:1:25: pool\.max_concurrent is 0/);
  expect((await daemon.handlers.getDaemon({}, admin)).notices.join()).toMatch(/pool\.max_concurrent is 0/);
  expect((await daemon.handlers.getPool({}, admin)).max_concurrent).toBe(3);

  write("{}");
  expect(await greet()).toContain("at most 10 sessions at once (was 3)");
  expect((await daemon.handlers.getDaemon({}, admin)).notices).toEqual([]);
  expect((await daemon.handlers.getCostLimits({}, admin)).day.usd).toBeNull();
});

test("a shell's setting stands above the file, also when the file changes later", async () => {
  daemon = await startInProcessDaemon(() => ({ text: "done" }));
  await greet({ POOL_MAX_CONCURRENT: "7" });
  write("pool: { max_concurrent: 3, timeout: 1m }");
  expect(await greet()).toContain("a session may run 1m00s (was 5m00s)");
  expect((await daemon.handlers.getPool({}, admin)).max_concurrent).toBe(7);
});

test("a provider of the file runs with its key, its model, and no more at once than it may; the key is nowhere on disk", async () => {
  daemon = await startInProcessDaemon(() => ({ text: "done", delayMs: 300 }));
  const url = daemon.model.openaiUrl;
  write(`provider: mine
providers:
  mine: { base_url: "${url}", api_key: ${planted}, model: some-model, max_concurrent: 1 }
`);
  await greet();
  const ids = await daemon.spawn([{ provider: undefined }, { provider: undefined }]);
  await daemon.until(ids[0] ?? "", ({ status }) => status === "running");
  const waiting = await daemon.handlers.getSession({ id: ids[1] ?? "" }, admin);
  expect([waiting.status, waiting.provider, waiting.model]).toEqual(["queued", "mine", "some-model"]);
  const ended = await daemon.untilEnded(ids);
  expect(ended.map(({ status }) => status)).toEqual(["completed", "completed"]);
  const files = readdirSync(daemon.home).filter((name) => /\.db/.test(name));
  expect(files).not.toEqual([]);
  for (const name of files) expect(readFileSync(join(daemon.home, name)).includes(planted)).toBe(false);
});

test("a key by the name of a variable comes with the shell that has it", async () => {
  daemon = await startInProcessDaemon(() => ({ text: "done" }), { ANTHROPIC_API_KEY: "" });
  write("providers: { anthropic: { api_key_env: WORK_KEY } }");
  await greet();
  await expect(daemon.spawn([{}])).rejects.toThrow(/no key for anthropic/);
  await greet({ WORK_KEY: "test-key" });
  expect((await daemon.untilEnded(await daemon.spawn([{}])))[0]?.status).toBe("completed");
});
