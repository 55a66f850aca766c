import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, expect, test } from "vitest";
import { type Stage, createStage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";
import { findByArgument } from "../unit/sandbox/processes.ts";
import { connectClient } from "../support/mcp/connect-client.ts";

let stage: Stage;

afterEach(() => stage.close());

const hasTmux = ["/usr/bin/tmux", "/usr/local/bin/tmux"].some((path) => existsSync(path));

/** A tmux server of the test's own. */
function startTmux(): { env: Record<string, string>; tmux: (...args: string[]) => string } & Disposable {
  const socket = join(stage.root, "tmux.sock");
  const tmux = (...args: string[]): string =>
    execFileSync("tmux", ["-S", socket, ...args], { env: stage.env, encoding: "utf8" }).trim();
  tmux("-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "40", "sleep 600");
  const pid = tmux("display-message", "-p", "#{pid}");
  return {
    tmux,
    env: { TMUX: `${socket},${pid},0` },
    [Symbol.dispose]: () => void tmux("kill-server"),
  };
}

async function start(): Promise<void> {
  stage = await createStage({
    script: ({ firstUserText }) => (firstUserText === "hang" ? { hang: true } : { text: "all is done" }),
  });
  await stage.run(["up"]);
}

function windowOf(id: string): string {
  return `:profclaw-${id.slice(0, 8)}`;
}

test.skipIf(!hasTmux)(
  "--visible opens a tmux window that looks on and stays; closing it stops nothing",
  async () => {
    await start();
    using server = startTmux();
    const spawned = await stage.run(
      ["agent", "spawn", "-d", "--visible", "auto", "--task", "hang", "--task", "say"],
      {
        env: server.env,
      },
    );
    expect(spawned.stderr).toContain("Look on in a tmux window");
    const [hanging = "", saying = ""] = spawned.stdout.trim().split("\n");
    await until(
      () => server.tmux("capture-pane", "-p", "-t", windowOf(saying)),
      (text) => text.includes("all is done") && text.includes("Enter leaves"),
    );
    server.tmux("kill-window", "-t", windowOf(hanging));
    server.tmux("send-keys", "-t", windowOf(saying), "Enter");
    await until(
      () => server.tmux("list-windows", "-F", "#{window_name}").split("\n"),
      (windows) => windows.length === 1,
    );
    expect((await stage.session(hanging)).status).toBe("running");
  },
);

test.skipIf(!hasTmux)("three or more share one window, each line with its session", async () => {
  await start();
  using server = startTmux();
  const spawned = await stage.run(
    ["agent", "spawn", "-d", "--visible", "tmux", "--count", "3", "--task", "say"],
    {
      env: server.env,
    },
  );
  const ids = spawned.stdout.trim().split("\n");
  expect(server.tmux("list-windows").split("\n")).toHaveLength(2);
  const text = await until(
    () => server.tmux("capture-pane", "-p", "-t", ":1"),
    (shown) => (shown.match(/Enter leaves/g)?.length ?? 0) === 3,
  );
  for (const id of ids) expect(text).toContain(`${id.slice(0, 8)} `);
});

/** The text of window 1, once it is as it should be. */
async function untilShown(
  server: ReturnType<typeof startTmux>,
  isShown: (text: string) => boolean,
): Promise<string> {
  return until(() => {
    // Until it is opened there is no such window.
    return server.tmux("list-windows").includes("\n1:") ? server.tmux("capture-pane", "-p", "-t", ":1") : "";
  }, isShown);
}

test.skipIf(!hasTmux)("a spawn over MCP opens a window by the client's own tmux, and says so", async () => {
  await start();
  using server = startTmux();
  await using mcp = await connectClient(stage, { env: server.env });
  const handle = await mcp.call<{ task_id: string; result: string; pid: number }>("spawn", { prompt: "say" });
  expect(handle).toMatchObject({ pid: 0, result: expect.stringContaining("Look on in a tmux window") });
  await untilShown(server, (text) => text.includes("all is done") && text.includes("Enter leaves"));
  const unseen = await mcp.call<{ result: string }>("spawn", { prompt: "say", visible: false });
  expect(unseen.result).not.toContain("Look on");
  expect(server.tmux("list-windows").split("\n")).toHaveLength(2);
  await expect(mcp.call("spawn", { prompt: "" })).rejects.toThrow("invalid-request");
});

test.skipIf(!hasTmux)("three spawns at once over MCP share one window", async () => {
  await start();
  using server = startTmux();
  await using mcp = await connectClient(stage, { env: server.env });
  const handles = await Promise.all(
    [1, 2, 3].map(() => mcp.call<{ task_id: string }>("spawn", { prompt: "say" })),
  );
  const text = await untilShown(server, (shown) => (shown.match(/Enter leaves/g)?.length ?? 0) === 3);
  for (const { task_id: id } of handles) expect(text).toContain(`${id.slice(0, 8)} `);
  expect(server.tmux("list-windows").split("\n")).toHaveLength(2);
});

test.skipIf(!hasTmux)(
  "with --visible none over MCP no window opens, and the command that looks on is answered",
  async () => {
    await start();
    using server = startTmux();
    await using mcp = await connectClient(stage, { env: server.env, args: ["--visible", "none"] });
    const handle = await mcp.call<{ task_id: string; result: string }>("spawn", { prompt: "say" });
    expect(handle.result).toContain(`Watch: profclaw agent attach ${handle.task_id.slice(0, 8)}`);
    expect(server.tmux("list-windows").split("\n")).toHaveLength(1);
  },
);

test.skipIf(!hasTmux)(
  "--visible with --synthesize opens one window, in which every session of the flow comes",
  async () => {
    await start();
    using server = startTmux();
    const tasks = ["--task", "say", "--task", "say"];
    const end = await stage.run(
      ["agent", "spawn", "--visible", "auto", ...tasks, "--synthesize", "join them"],
      { env: server.env },
    );
    expect(end.stderr).toContain("Look on in a tmux window");
    expect(end.exitCode).toBe(0);
    const shown = await untilShown(server, (text) => (text.match(/Enter leaves/g)?.length ?? 0) === 3);
    expect(shown).toContain("synthesis");
    expect(server.tmux("list-windows").split("\n")).toHaveLength(2);
  },
);

const hasXterm = ["Xvfb", "xterm"].every((name) => existsSync(`/usr/bin/${name}`));

/** A screen of the test's own. */
async function startXvfb(): Promise<{ env: Record<string, string> } & AsyncDisposable> {
  const server = spawn("Xvfb", ["-displayfd", "3", "-screen", "0", "800x600x24", "-nolisten", "tcp"], {
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  const pipe = server.stdio[3];
  if (!(pipe instanceof Readable)) throw new Error("Xvfb has no pipe.");
  const [number] = (await once(pipe, "data")) as [Buffer];
  return {
    env: { DISPLAY: `:${number.toString().trim()}` },
    async [Symbol.asyncDispose]() {
      const ended = once(server, "exit");
      server.kill();
      await ended;
    },
  };
}

test.skipIf(!hasXterm)("on a desktop without tmux it is a terminal; closing it stops nothing", async () => {
  await start();
  await using screen = await startXvfb();
  const spawned = await stage.run(["agent", "spawn", "-d", "--visible", "auto", "--task", "hang"], {
    env: screen.env,
  });
  expect(spawned.stderr).toContain("Look on in xterm; closing it stops nothing.");
  const id = spawned.stdout.trim();
  const [viewer] = await until(
    () => findByArgument(id).filter((pid) => !readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("xterm")),
    (pids) => pids.length === 1,
  );
  if (viewer === undefined) throw new Error("There is no viewer.");
  process.kill(viewer, "SIGHUP");
  await until(
    () => findByArgument(id),
    (pids) => pids.length === 0,
  );
  expect((await stage.session(id)).status).toBe("running");
});

test("attach takes a batch and a flow, and refuses what is none by name", async () => {
  await start();
  const { batch_id: batch } = await stage.spawn({ sessions: [{ task: "say" }, { task: "say" }] });
  const attached = await stage.run(["agent", "attach", batch]);
  expect(attached.exitCode).toBe(0);
  expect(attached.stdout.match(/all is done/g)).toHaveLength(2);
  const wrong = await stage.run(["agent", "attach", "00000000"]);
  expect([wrong.exitCode, wrong.stderr]).toEqual([5, expect.stringContaining("No session, batch or flow")]);
});

test("where no window can be opened the sessions run, and the command that looks on is said", async () => {
  await start();
  const end = await stage.run(["agent", "spawn", "--visible", "auto", "--task", "say"]);
  expect(end.exitCode).toBe(0);
  expect(end.stderr).toMatch(/No window was opened: .*Look on: profclaw agent attach [0-9a-f]{8}/);
  expect(end.stdout).toContain("all is done");
});
