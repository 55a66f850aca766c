import { mkdtemp, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { describe, expect, test } from "vitest";
import { runCommand, type CommandRequest } from "../../../src/sandbox/run-command.ts";
import { findByArgument, uniqueSleep, waitUntil } from "./processes.ts";

const path = "/usr/local/bin:/usr/bin:/bin";

function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

async function requestOf(script: string, change: Partial<CommandRequest> = {}): Promise<CommandRequest> {
  return {
    argv: ["/bin/bash", "-c", script],
    cwd: await realpath(await mkdtemp(`${tmpdir()}/command-`)),
    path,
    sessionId: "a-session",
    timeoutMs: 10_000,
    maxOutputBytes: 10_000,
    signal: new AbortController().signal,
    ...change,
  };
}

describe("a command that ends by itself", () => {
  test("gives its output and exit code", async () => {
    const outcome = await runCommand(await requestOf("echo out; echo err >&2; exit 3"));
    expect(outcome).toMatchObject({ kind: "exited", exitCode: 3, signal: null });
    if (outcome.kind !== "exited") return;
    expect(outcome.output.text.split("\n").toSorted()).toEqual(["", "err", "out"]);
  });

  test("a signal that ended it is named", async () => {
    const outcome = await runCommand(await requestOf("kill -SEGV $$"));
    expect(outcome).toMatchObject({ kind: "exited", exitCode: null, signal: "SIGSEGV" });
  });

  test("a missing program or folder is said, not thrown", async () => {
    const missing = await runCommand(await requestOf("", { argv: ["no-such-program-here"] }));
    expect(missing).toMatchObject({
      kind: "not-started",
      reason: expect.stringContaining("no-such-program-here"),
    });
    expect(await runCommand(await requestOf("true", { cwd: "/no/such/folder" }))).toMatchObject({
      kind: "not-started",
    });
  });

  test("reading from stdin ends at once", async () => {
    expect(await runCommand(await requestOf("cat; echo read"))).toMatchObject({ output: { text: "read\n" } });
  });

  test("what it left in the background is gone when the call returns", async () => {
    const [plain, detached] = [uniqueSleep(), uniqueSleep()];
    const outcome = await runCommand(
      await requestOf(`sleep ${plain} & setsid sleep ${detached} & sleep 0.2; echo ok`),
    );
    expect(outcome).toMatchObject({ kind: "exited", exitCode: 0, output: { text: "ok\n" } });
    expect([...findByArgument(plain), ...findByArgument(detached)]).toEqual([]);
  });
});

describe("the environment", () => {
  test("is built from nothing: no key of ours reaches a command", async () => {
    process.env["PROFCLAW_TEST_API_KEY"] = "secret-of-the-daemon";
    try {
      const outcome = await runCommand(await requestOf("env"));
      if (outcome.kind !== "exited") throw new Error(outcome.kind);
      expect(outcome.output.text).not.toContain("secret-of-the-daemon");
      expect(outcome.output.text).toContain(`PATH=${path}\n`);
      expect(outcome.output.text).toContain("PROFCLAW_SESSION_ID=a-session\n");
      expect(outcome.output.text).toContain("TERM=dumb\n");
    } finally {
      delete process.env["PROFCLAW_TEST_API_KEY"];
    }
  });
});

describe("output", () => {
  test("a flood keeps its head and tail, says what was cut, and stays out of memory", async () => {
    const before = process.memoryUsage().rss;
    const script = "echo first; head -c 200000000 /dev/zero | tr '\\0' 'x'; echo; echo last";
    const outcome = await runCommand(await requestOf(script, { maxOutputBytes: 20_000, timeoutMs: 30_000 }));
    if (outcome.kind !== "exited") throw new Error(outcome.kind);
    expect(outcome.output.text.startsWith("first\n")).toBe(true);
    expect(outcome.output.text.endsWith("\nlast\n")).toBe(true);
    expect(outcome.output.text).toContain("bytes cut");
    expect(outcome.output.totalBytes).toBe(200_000_012);
    expect(outcome.output.text.length).toBeLessThan(21_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000);
  });

  test("a cut never splits a character", async () => {
    const script = "for i in $(seq 3000); do printf 'ä€😀'; done";
    const outcome = await runCommand(await requestOf(script, { maxOutputBytes: 1_001 }));
    if (outcome.kind !== "exited") throw new Error(outcome.kind);
    expect(outcome.output.text).not.toContain("\ufffd");
  });
});

describe("an end from outside", () => {
  test("an abort takes the group and those that called setsid with it, within a second", async () => {
    const [plain, detached, deaf] = [uniqueSleep(), uniqueSleep(), uniqueSleep()];
    const controller = new AbortController();
    const script = `sleep ${plain} & setsid bash -c 'setsid sleep ${detached} & wait' & trap '' TERM; sleep ${deaf}`;
    const running = runCommand(await requestOf(script, { signal: controller.signal, timeoutMs: 60_000 }));
    running.catch(() => undefined);
    const all = () => [plain, detached, deaf].map((seconds) => findByArgument(seconds).length > 0);
    expect(await waitUntil(() => all().every(Boolean), 5_000)).toBeDefined();
    const startedAt = performance.now();
    controller.abort("cancelled");
    await expect(running).rejects.toBe("cancelled");
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(all()).toEqual([false, false, false]);
  });

  test("a process that emptied its environment and called setsid is found by its descent", async () => {
    const hidden = uniqueSleep();
    const script = `env -i setsid /bin/sleep ${hidden} & wait`;
    const outcome = await runCommand(await requestOf(script, { timeoutMs: 500 }));
    expect(outcome.kind).toBe("timed-out");
    expect(findByArgument(hidden)).toEqual([]);
  });

  test("a timeout ends it and keeps what it said so far", async () => {
    const seconds = uniqueSleep();
    const startedAt = performance.now();
    const outcome = await runCommand(await requestOf(`echo begun; sleep ${seconds}`, { timeoutMs: 300 }));
    expect(outcome).toMatchObject({ kind: "timed-out", output: { text: "begun\n" } });
    expect(performance.now() - startedAt).toBeLessThan(1_300);
    expect(findByArgument(seconds)).toEqual([]);
  });

  test("a signal that is aborted already starts nothing", async () => {
    const seconds = uniqueSleep();
    const request = await requestOf(`sleep ${seconds}`, { signal: AbortSignal.abort("shutdown") });
    await expect(runCommand(request)).rejects.toBe("shutdown");
    expect(findByArgument(seconds)).toEqual([]);
  });

  test("SIGTERM comes first: a command may clean up", async () => {
    const controller = new AbortController();
    const request = await requestOf(
      "trap 'touch cleaned; exit 0' TERM; echo ready; while :; do sleep 0.05; done",
      {
        signal: controller.signal,
      },
    );
    setTimeout(() => controller.abort("cancelled"), 400);
    await expect(runCommand(request)).rejects.toBe("cancelled");
    const outcome = await runCommand(await requestOf("ls", { cwd: request.cwd }));
    expect(outcome).toMatchObject({ output: { text: "cleaned\n" } });
  });
});

test("twenty at once all end clean", async () => {
  const sleeps = Array.from({ length: 20 }, uniqueSleep);
  const requests = await Promise.all(
    sleeps.map((seconds) => requestOf(`setsid sleep ${seconds} & sleep 0.1; echo ${seconds}`)),
  );
  const outcomes = await Promise.all(requests.map(runCommand));
  expect(outcomes.map((outcome) => outcome.kind === "exited" && outcome.output.text.trim())).toEqual(sleeps);
  expect(sleeps.flatMap(findByArgument)).toEqual([]);
});

test("nothing of it is lost where its end is seen before its output, and then nothing for a while", async () => {
  const busy = await requestOf("echo a", {
    leavesNothing: true,
    onStdout: () => {
      // The other one ends now: its end is seen with this one's, and its output in the next pass, which is late.
      block(600);
      setImmediate(block, 400);
    },
  });
  const other = await requestOf("sleep 0.5; echo all", { leavesNothing: true });
  const running = [runCommand(busy), runCommand(other)];
  // The first one's output and end are there at once.
  block(300);
  const [, outcome] = await Promise.all(running);
  expect(outcome).toMatchObject({ kind: "exited", exitCode: 0, output: { text: "all\n" } });
});
