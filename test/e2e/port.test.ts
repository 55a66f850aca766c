import { type Server, createServer } from "node:net";
import { expect, test } from "vitest";
import type { AcceptedBatchView } from "../../src/contract/session-operations.ts";
import { spawnCommand, spawnCurl, toSpawnCurl } from "../support/e2e/document-commands.ts";
import { createStage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";

/* The one file that wants port 3000 for itself; where somebody else has it, it holds what is promised then. */

interface Holder extends AsyncDisposable {
  /** False where somebody else has it, and will not let go. */
  isOurs: boolean;
}

async function takePort3000(): Promise<Holder> {
  const server = createServer((socket) => socket.destroy());
  // Other tests' daemons have it for a moment.
  const isOurs = await until(
    () => listen(server),
    (taken) => taken,
    4_000,
  ).catch(() => false);
  return {
    isOurs,
    async [Symbol.asyncDispose]() {
      if (isOurs) await new Promise((resolve) => void server.close(resolve));
    },
  };
}

function listen(server: Server): Promise<boolean> {
  return new Promise((resolve) => {
    server.removeAllListeners("error").removeAllListeners("listening");
    server.once("error", () => resolve(false)).once("listening", () => resolve(true));
    server.listen(3000, "127.0.0.1");
  });
}

test("S4: with port 3000 taken the document's command works as ever", async () => {
  await using holder = await takePort3000();
  await using stage = await createStage();
  const { exitCode, stderr } = await stage.shell(spawnCommand);
  expect(exitCode, stderr).toBe(0);
  if (holder.isOurs) expect(stage.discovery().port).not.toBe(3000);
});

test("S11: with port 3000 taken a free one is taken and the curl that is printed works as it stands", async () => {
  await using holder = await takePort3000();
  await using stage = await createStage();
  const up = await stage.run(["up"]);
  if (holder.isOurs) expect(stage.discovery().port).not.toBe(3000);
  expect(up.exitCode, up.stderr).toBe(0);
  const curl = up.stderr.slice(up.stderr.indexOf("curl "));
  expect(curl).toContain(`http://127.0.0.1:${stage.discovery().port}/api/agents/sessions`);
  const answer = await stage.shell(curl);
  const { sessions } = JSON.parse(answer.stdout) as AcceptedBatchView;
  const [ended] = await stage.untilEnded(sessions.map(({ id }) => id));
  expect(ended).toMatchObject({ task: "Say hello", status: "completed" });
});

test("S11: a bare serve takes a free port too, an explicit one fails and names the holder", async () => {
  await using holder = await takePort3000();
  await using stage = await createStage();
  const refused = await stage.run(["serve", "--port", "3000"]);
  if (holder.isOurs) expect(refused.stderr).toContain(`(pid ${process.pid})`);
  expect(refused.exitCode, refused.stderr).toBe(3);
  expect(refused.stderr).toMatch(/Port 3000 is taken/);
  expect(refused.stderr).toMatch(/--port/);
  const serving = stage.start(["serve"]);
  await serving.says(/curl -X POST http:\/\/127\.0\.0\.1:\d+\/api/, "stderr");
  expect((await stage.rest("/healthz")).status).toBe(200);
  serving.kill("SIGTERM");
  expect((await serving.ended).exitCode).toBe(0);
});

test("S11: the document's curl, letter by letter where port 3000 is ours", async () => {
  await using stage = await createStage();
  const serving = stage.start(["serve"]);
  await serving.says(/curl -X POST/, "stderr");
  const { port } = stage.discovery();
  const answer = await stage.shell(port === 3000 ? spawnCurl : toSpawnCurl(port));
  const { sessions } = JSON.parse(answer.stdout) as AcceptedBatchView;
  const ended = await stage.untilEnded(sessions.map(({ id }) => id));
  expect(ended.map(({ status }) => status)).toEqual(["completed", "completed"]);
  serving.kill("SIGINT");
  expect((await serving.ended).exitCode).toBe(0);
});
