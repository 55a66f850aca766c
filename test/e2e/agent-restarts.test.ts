import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { type Server, createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { isAlive, killHard } from "../support/e2e/processes.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";

const fakePath = fileURLToPath(new URL("../support/agents/fake-claude.ts", import.meta.url));

/** A stage with a `claude` on its PATH, and an agent that goes on until a file is there. */
async function createAgentStage(): Promise<Stage> {
  const stage = await createStage();
  const shim = `#!/bin/sh\nexec "${process.execPath}" "${fakePath}" "$@"\n`;
  writeFileSync(join(stage.root, "bin", "claude"), shim, { mode: 0o755 });
  mkdirSync(stage.state, { mode: 0o700 });
  const script = "echo begun; while [ ! -e go ]; do sleep 0.1; done; echo done";
  const agents = { patient: { command: ["sh", "-c", script], level: "auto" } };
  writeFileSync(join(stage.state, "config.yaml"), JSON.stringify({ agents }), { mode: 0o600 });
  return stage;
}

/** Serves on a port of its own, with one agent that has begun; answers the session's id and the daemon's pid. */
async function serveWith(
  stage: Stage,
  agent: string,
  task: string,
): Promise<{ id: string; pid: number; port: number }> {
  const serving = stage.start(["serve", "--port", "0"]);
  await serving.says(/serves http/, "stderr");
  const { sessions } = await stage.spawn({ sessions: [{ task, agent }] });
  await until(
    () => readLogs(stage),
    ([log]) => (log ?? "") !== "",
  );
  const { pid, port } = stage.discovery();
  return { id: sessions[0]?.id ?? "", pid, port };
}

/** A command that is typed while it dies would wait for it. */
async function killDead(pid: number): Promise<void> {
  killHard(pid);
  await until(
    () => isAlive(pid),
    (alive) => !alive,
  );
}

const letGo = (stage: Stage): void => writeFileSync(join(stage.workspace, "go"), "");

describe.concurrent("a running agent and a daemon that comes after the one that started it", () => {
  test("keeps its tools: a daemon on another port serves the port that it knows too", async () => {
    await using stage = await createAgentStage();
    const { id, pid, port } = await serveWith(stage, "claude", "trap:tools");
    await killDead(pid);
    await stage.run(["up"]);
    expect(stage.discovery().port).not.toBe(port);
    letGo(stage);
    const [ended] = await stage.untilEnded([id]);
    expect(ended).toMatchObject({ status: "completed", result: { text: `${port} answered 200` } });
    // Nobody runs any more that knows it.
    await stage.run(["down"]);
    await stage.run(["up"]);
    expect(JSON.parse(readFileSync(join(stage.state, "agent-ports.json"), "utf8"))).toEqual([
      stage.discovery().port,
    ]);
  }, 40_000);

  test("goes on without them, and the log says so, where somebody else has taken that port", async () => {
    await using stage = await createAgentStage();
    const { id, pid, port } = await serveWith(stage, "claude", "trap:tools");
    await killDead(pid);
    // Its threads let go of it a moment later.
    const holder = await until(
      () => hold(port).catch(() => null),
      (server) => server !== null,
    );
    try {
      await stage.run(["up"]);
      letGo(stage);
      const [ended] = await stage.untilEnded([id]);
      expect(ended?.result?.text).toMatch(new RegExp(`^${port} answered (?!200)`));
      const log = readFileSync(join(stage.state, "logs", "daemon.log"), "utf8");
      const words = `reach their tools by port ${port}, which is taken by `;
      expect(log).toContain(words);
      expect(log).toContain(`(pid ${process.pid}) now: they go on without them`);
      // The next daemon serves it again, should it be free by then and somebody still know it.
      const path = join(stage.state, "agent-ports.json");
      expect(JSON.parse(readFileSync(path, "utf8"))).toEqual([stage.discovery().port, port]);
    } finally {
      await new Promise((resolve) => void holder?.close(resolve));
    }
  }, 40_000);

  test("is told of in log, status and doctor where the usual port itself was its, and is another's now", async () => {
    await using stage = await createAgentStage();
    const { id, pid } = await serveWith(stage, "patient", "t");
    await killDead(pid);
    // As if that daemon had had the usual port: whoever has it now, we or another test, this daemon gets another.
    let holder = await hold(3000).catch(() => null);
    try {
      const path = join(stage.state, "agent-ports.json");
      writeFileSync(path, "[3000]\n");
      await stage.run(["up"]);
      if (holder === null && stage.discovery().port === 3000) {
        // The other test has let go of it in between.
        await stage.run(["down"]);
        holder = await hold(3000);
        writeFileSync(path, "[3000]\n");
        await stage.run(["up"]);
      }
      expect(stage.discovery().port).not.toBe(3000);
      const words = "reach their tools by port 3000, which is taken by ";
      expect(readFileSync(join(stage.state, "logs", "daemon.log"), "utf8")).toContain(words);
      for (const command of ["status", "doctor"]) {
        expect((await stage.run([command])).stdout.replaceAll(/\s+/g, " ")).toContain(words);
      }
      expect(JSON.parse(readFileSync(path, "utf8"))).toEqual([stage.discovery().port, 3000]);
    } finally {
      await new Promise((resolve) => (holder === null ? resolve(null) : holder.close(resolve)));
    }
    letGo(stage);
    const [ended] = await stage.untilEnded([id]);
    expect(ended).toMatchObject({ status: "completed" });
  }, 40_000);

  test("outlives a daemon that hangs and is taken over, and one that is stopped and started again", async () => {
    await using stage = await createAgentStage();
    const { id, pid } = await serveWith(stage, "patient", "t");
    process.kill(pid, "SIGSTOP");
    const taking = stage.start(["serve", "--port", "0"], { env: { PROFCLAW_TAKEOVER: "1" } });
    await taking.says(/serves http/, "stderr");
    expect(stage.discovery().pid).not.toBe(pid);
    await stage.run(["down"]);
    await stage.run(["up"]);
    letGo(stage);
    const [ended] = await stage.untilEnded([id]);
    expect(ended).toMatchObject({ status: "completed", result: { text: "begun\ndone" } });
    const log = (await stage.rest(`/api/agents/sessions/${id}/log`)).text;
    expect(log.match(/patient launched/g)).toHaveLength(1);
  }, 40_000);
});

function hold(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", reject).listen(port, "127.0.0.1", () => resolve(server));
  });
}

function readLogs(stage: Stage): string[] {
  const agents = join(stage.state, "agents");
  try {
    return readdirSync(agents).map((id) => readFileSync(join(agents, id, "1", "stdout.log"), "utf8"));
  } catch {
    return [];
  }
}
