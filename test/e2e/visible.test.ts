import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { type Stage, createStage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";

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

test("where no window can be opened the sessions run, and the command that looks on is said", async () => {
  await start();
  const end = await stage.run(["agent", "spawn", "--visible", "auto", "--task", "say"]);
  expect(end.exitCode).toBe(0);
  expect(end.stderr).toMatch(/No window was opened: .*Look on: profclaw agent attach [0-9a-f]{8}/);
  expect(end.stdout).toContain("all is done");
});
