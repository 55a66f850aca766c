import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { emptyBoard, withSessions } from "../../src/cli/board/board-state.ts";
import { carryOut } from "../../src/cli/board/carry-out.ts";
import { pressKey } from "../../src/cli/board/press-key.ts";
import { createClient } from "../../src/client/create-client.ts";
import type { Program } from "../support/e2e/program.ts";
import { type Stage, binPath, createStage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";
import { findByArgument } from "../unit/sandbox/processes.ts";

let stage: Stage;

afterEach(() => stage.close());

const hasTerminals = ["/usr/bin/script", "/bin/script"].some((path) => existsSync(path));

/** `profclaw …` on a pseudo terminal of 40 lines; what it prints is on stdout. */
function onTerminal(words: string): Program {
  const command = `stty cols 120 rows 40; exec "${process.execPath}" "${binPath}" ${words}`;
  return stage.startShell(`exec script -qfec '${command}' /dev/null`, {
    env: { TERM: "xterm" },
    withinMs: 60_000,
  });
}

/** Tasks that begin with "ask" want leave for a command; "hang" never answers. */
async function start(): Promise<void> {
  stage = await createStage({
    script({ firstUserText, turn }) {
      if (firstUserText.startsWith("hang")) return { hang: true };
      const asks = firstUserText.startsWith("ask") && turn === 0;
      return asks
        ? { toolCalls: [{ name: "bash", input: { command: "touch it" } }] }
        : { text: "all is done" };
    },
    env: { PROFCLAW_MODE: "pro" },
  });
  await stage.run(["up"]);
}

test.skipIf(!hasTerminals)("five of twenty sessions that need a person are cleared in ten keys", async () => {
  await start();
  const tasks = Array.from({ length: 20 }, (_, at) => (at < 5 ? `ask ${at}` : `hang ${at}`));
  const { sessions } = await stage.spawn({ sessions: tasks.map((task) => ({ task })) });
  const asking = sessions.slice(0, 5).map(({ id }) => id);
  const board = onTerminal("");
  await board.says(/NEEDS YOU 5/);
  for (let left = 5; left > 0; left -= 1) {
    const asked = board.stdout.split("Allow this?").length;
    board.write("a");
    await until(
      () => board.stdout.split("Allow this?").length,
      (count) => count > asked,
    );
    board.write("y");
    const answered = 6 - left;
    await until(
      () => board.stdout.match(/#1: allowed/g)?.length ?? 0,
      (count) => count >= answered,
    );
  }
  await stage.untilEnded(asking);
  await board.says(/DONE 5/);
  board.write("q");
  expect((await board.ended).exitCode).toBe(0);
  expect((await Promise.all(asking.map((id) => stage.session(id)))).map(({ status }) => status)).toEqual(
    Array.from({ length: 5 }, () => "completed"),
  );
});

test.skipIf(!hasTerminals)(
  "a question is on the board within a second, with the bell and a notification",
  async () => {
    await start();
    const board = onTerminal("");
    await board.says(/Nothing runs/);
    const { sessions } = await stage.spawn({ sessions: [{ task: "ask now" }] });
    const id = sessions[0]?.id ?? "";
    await until(
      () => stage.session(id),
      ({ approvals }) => approvals.length > 0,
    );
    const askedAt = performance.now();
    await board.says(/NEEDS YOU 1/);
    expect(performance.now() - askedAt).toBeLessThan(1_000);
    // oxlint-disable-next-line no-control-regex -- the bell is one
    await board.says(/\u0007\u001b\]9;profclaw: .*needs you/);
    board.write("\u0003");
    expect((await board.ended).exitCode).toBe(0);
    // The terminal is as it was: the cursor is back.
    expect(board.stdout.trimEnd()).toMatch(/\[\?25h\S*$/);
  },
);

test.skipIf(!hasTerminals)(
  "a session is followed from the board until Enter, then the board is back",
  async () => {
    await start();
    const { sessions } = await stage.spawn({ sessions: [{ task: "hang on" }] });
    const board = onTerminal("");
    await board.says(/WORKING 1/);
    board.write("f");
    await board.says(/only look on/);
    const before = board.stdout.length;
    board.write("\r");
    await until(
      () => board.stdout.slice(before),
      (text) => text.includes("WORKING 1"),
    );
    board.write("q");
    expect((await board.ended).exitCode).toBe(0);
    expect((await stage.session(sessions[0]?.id ?? "")).status).toBe("running");
  },
);

test.skipIf(!hasTerminals)(
  "Ctrl-C leaves the session that is followed, each time, and not the board",
  async () => {
    await start();
    await stage.spawn({ sessions: [{ task: "hang on" }] });
    const board = onTerminal("");
    await board.says(/WORKING 1/);
    for (let times = 1; times <= 2; times += 1) {
      board.write("f");
      await until(
        () => board.stdout.split("only look on").length - 1,
        (count) => count === times,
      );
      const before = board.stdout.length;
      board.write("\u0003");
      await until(
        () => board.stdout.slice(before),
        (text) => text.includes("WORKING 1"),
      );
    }
    board.write("q");
    expect((await board.ended).exitCode).toBe(0);
  },
);

test.skipIf(!hasTerminals)(
  "a daemon that dies under a board is told of in its foot, and the board goes on",
  async () => {
    await start();
    const { sessions } = await stage.spawn({ sessions: [{ task: "hang on" }] });
    const board = onTerminal("");
    await board.says(/WORKING 1/);
    process.kill(stage.discovery().pid, "SIGKILL");
    // At its place, where it overwrites nothing and moves nothing.
    // oxlint-disable-next-line no-control-regex -- that place is said by control characters
    await board.says(/\u001b\[\d+;1H(?:\u001b\[\d+m)*The daemon is back\./);
    expect(board.stdout).not.toMatch(/The daemon is [\w .;]*\r?\n/);
    await stage.spawn({ sessions: [{ task: "ask now" }] });
    await board.says(/NEEDS YOU 1/);
    board.write("q");
    expect((await board.ended).exitCode).toBe(0);
    expect((await stage.session(sessions[0]?.id ?? "")).status).toBe("running");
  },
);

/** Opens the board, waits for that and leaves; answers all that it showed. */
async function look(what: RegExp): Promise<string> {
  const board = onTerminal("");
  await board.says(what);
  board.write("q");
  await board.ended;
  return board.stdout;
}

test.skipIf(!hasTerminals)(
  "what ended and was seen is not shown again; what ended since then is",
  async () => {
    await start();
    const first = await stage.spawn({ sessions: [{ task: "one" }] });
    await stage.untilEnded(first.sessions.map(({ id }) => id));
    expect(await look(/DONE 1/)).toContain("all is done");
    await look(/Nothing runs/);
    const second = await stage.spawn({ sessions: [{ task: "two" }] });
    await stage.untilEnded(second.sessions.map(({ id }) => id));
    expect(await look(/DONE 1/)).not.toContain(first.sessions[0]?.id.slice(0, 8));
  },
);

test("what a key has asked for does not come up in place of a question that was put meanwhile", async () => {
  await start();
  const { sessions } = await stage.spawn({ sessions: [{ task: "ask now" }] });
  const id = sessions[0]?.id ?? "";
  const view = await until(
    () => stage.session(id),
    ({ approvals }) => approvals.length > 0,
  );
  const client = createClient({ socketPath: join(stage.state, "daemon.sock") });
  const outcome = await carryOut({ kind: "open-ask", id }, { client, nowMs: () => Date.now() });
  client.close();
  const list = withSessions(emptyBoard, [view]);
  expect(outcome(list).mode.kind).toBe("ask");
  const stopping = pressKey(list, "s").state;
  // A yes to "Stop it?" must not be one to what it asks.
  expect(pressKey(outcome(stopping), "y").act).toMatchObject({ kind: "stop" });
});

test.skipIf(!hasTerminals)("a board that is ended from outside gives the terminal back", async () => {
  await start();
  const board = onTerminal("");
  await board.says(/Nothing runs/);
  const pid = findByArgument(binPath).find(isBoard);
  if (pid === undefined) throw new Error("There is no board.");
  process.kill(pid, "SIGTERM");
  await board.ended;
  expect(board.stdout.trimEnd()).toMatch(/\[\?25h\S*$/);
});

/** Its words end with the program's path. */
function isBoard(pid: number): boolean {
  const words = readFileSync(`/proc/${pid}/cmdline`, "utf8")
    .split("\0")
    .filter((word) => word !== "");
  const home = readFileSync(`/proc/${pid}/environ`, "utf8").includes(stage.state);
  return words.at(-1) === binPath && home;
}

test.skipIf(!hasTerminals)(
  "attach shows text as it is written, stays after the end until Enter, and stops nothing",
  async () => {
    await start();
    const { sessions } = await stage.spawn({ sessions: [{ task: "ask first" }, { task: "hang on" }] });
    const [asking = "", hanging = ""] = sessions.map(({ id }) => id);
    const viewer = onTerminal(`agent attach ${asking}`);
    await viewer.says(/asks leave/);
    // Who looks on in a window has to know what to type in another one.
    await viewer.says(new RegExp(`answer it: profclaw agent answer ${asking.slice(0, 8)}`));
    await stage.rest(`/api/agents/sessions/${asking}/approvals/1`, {
      token: stage.token(),
      body: { verdict: "deny" },
    });
    await viewer.says(/all is done/);
    await viewer.says(/has ended \(completed\). Enter leaves/);
    viewer.write("\r");
    expect((await viewer.ended).exitCode).toBe(0);
    expect(viewer.stdout.match(/all is done/g)).toHaveLength(1);
    const other = onTerminal(`agent attach ${hanging}`);
    await other.says(/only look on/);
    other.kill("SIGKILL");
    await other.ended;
    expect((await stage.session(hanging)).status).toBe("running");
  },
);

test("off a terminal bare profclaw is the help, as it was", async () => {
  await start();
  const end = await stage.run([]);
  expect(end.exitCode).toBe(0);
  expect(end.stdout).toContain("Commands");
});
