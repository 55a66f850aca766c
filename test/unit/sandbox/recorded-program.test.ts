import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { commandMarker } from "../../../src/sandbox/command-environment.ts";
import { openCappedFile } from "../../../src/sandbox/recorded/capped-file.ts";
import { createLineCutter } from "../../../src/sandbox/recorded/follow-output.ts";
import {
  type RecordedProgram,
  adoptRecorded,
  startRecorded,
} from "../../../src/sandbox/recorded/recorded-program.ts";
import {
  claimRun,
  closedText,
  createRunFolder,
  readStart,
  writeFact,
} from "../../../src/sandbox/recorded/run-folder.ts";
import { isAlive, killHard } from "../../support/e2e/processes.ts";
import { until } from "../../support/e2e/until.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "profclaw-recorded-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function start(
  script: string,
  more: Partial<Parameters<typeof startRecorded>[0]> = {},
): Promise<RecordedProgram> {
  return startRecorded({
    folder: join(root, "1"),
    argv: ["sh", "-c", script],
    cwd: root,
    path: process.env["PATH"] ?? "",
    sessionId: "s",
    environment: {},
    input: null,
    abandonMs: 60_000,
    graceMs: 200,
    ...more,
  });
}

const untilEnded = (
  program: RecordedProgram,
): ReturnType<typeof until<ReturnType<RecordedProgram["state"]>>> =>
  until(
    () => program.state(),
    (state) => state.kind !== "running",
  );

const readPid = (name: string): Promise<number> =>
  until(
    () => Number(tryRead(join(root, name))),
    (pid) => pid > 1,
  );

function tryRead(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

describe("a recorded program", () => {
  test("leaves both its streams and its exit code behind, in files of the user alone", async () => {
    using program = await start("echo out; echo err >&2; exit 7");
    expect(await untilEnded(program)).toMatchObject({ kind: "ended", end: { exitCode: 7, stopped: null } });
    const { stdout, stderr } = program.folder;
    expect([readFileSync(stdout, "utf8"), readFileSync(stderr, "utf8")]).toEqual(["out\n", "err\n"]);
    expect(statSync(stdout).mode & 0o777).toBe(0o600);
    expect(statSync(join(root, "1")).mode & 0o777).toBe(0o700);
  });

  test.runIf(existsSync("/proc/self/smaps_rollup"))("tells what it takes with all below it", async () => {
    const hog = `const held = Buffer.alloc(60_000_000, 1); console.log("held"); setTimeout(() => held, 60_000)`;
    using program = await start(`"${process.execPath}" -e '${hog}' & wait`);
    await until(
      () => readFileSync(program.folder.stdout, "utf8"),
      (said) => said === "held\n",
    );
    expect(await program.readMemory()).toBeGreaterThan(60_000_000);
    await program.stop();
    expect(await program.readMemory()).toBeNull();
  });

  test("that is not there ends as not started", async () => {
    using program = await start("", { argv: ["no-such-program-here"] });
    expect(program.state()).toMatchObject({
      kind: "ended",
      end: { notStarted: expect.stringContaining("ENOENT") },
    });
  });

  test.each([
    ["an argument with a zero byte", ["sh", "-c", "true\0"], "null bytes"],
    ["more than a system takes in one argument", ["sh", "-c", "#".repeat(3_000_000)], "E2BIG"],
    ["a path below a file", ["/etc/passwd/agent"], "ENOTDIR"],
  ] as const)("that can not be started with %s is told as such at once", async (_, [name, ...args], why) => {
    const startedAt = performance.now();
    using program = await start("", { argv: [name, ...args] });
    expect(program.state()).toMatchObject({
      kind: "ended",
      end: { notStarted: expect.stringContaining(why) },
    });
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  test("whose task is all that it will hear reads to the end of it, though nobody closes its stdin later", async () => {
    using program = await start("cat; echo over", { input: "the task\n", isAllInput: true });
    expect(await untilEnded(program)).toMatchObject({ kind: "ended", end: { exitCode: 0 } });
    expect(readFileSync(program.folder.stdout, "utf8")).toBe("the task\nover\n");
  });

  test("sees nothing of our environment, and its marker whatever its own settings say", async () => {
    process.env["SECRET_OF_OURS"] = "secret";
    using program = await start("env", { environment: { MINE: "yes", PROFCLAW_COMMAND_ID: "another" } });
    await untilEnded(program);
    delete process.env["SECRET_OF_OURS"];
    const said = readFileSync(program.folder.stdout, "utf8");
    expect(said).not.toContain("SECRET_OF_OURS");
    expect(said).toContain("MINE=yes");
    expect(said).toContain(`PROFCLAW_COMMAND_ID=${readStart(program.folder)?.commandId}`);
  });

  test("takes a text of ten megabytes on its stdin, once, also if it is sent again", async () => {
    using program = await start("wc -c", { input: "" });
    const text = "ä".repeat(5_242_880);
    program.write("more", text);
    program.write("more", text);
    program.closeInput();
    await untilEnded(program);
    expect(readFileSync(program.folder.stdout, "utf8").trim()).toBe("10485760");
  });

  test("is written to at once, however large what it was given first", async () => {
    using program = await start("cat > /dev/null", { input: "ä".repeat(5_242_880) });
    const startedAt = performance.now();
    for (let at = 0; at < 100; at += 1) program.write(`answer ${at}`, "yes\n");
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    expect([program.hasWritten("answer 99"), program.hasWritten("answer 100")]).toEqual([true, false]);
    using later = (await adoptRecorded(join(root, "1"), "s")) ?? expect.unreachable();
    expect(["task", "answer 0"].map((id) => later.hasWritten(id))).toEqual([true, true]);
    await program.stop();
  });

  test("is ended with what left its group, its parent and its environment", async () => {
    using program = await start(
      `setsid env -i sh -c 'echo $$ > "${root}/a"; sleep 60' & setsid sh -c 'echo $$ > "${root}/b"; trap "" TERM; sleep 60' & sleep 0.7; wait`,
    );
    const pids = [await readPid("a"), await readPid("b")];
    await program.stop();
    expect(program.state()).toMatchObject({ kind: "ended", end: { stopped: "asked" } });
    expect(pids.filter(isAlive)).toEqual([]);
  });

  test("that ends by itself leaves nothing in the background", async () => {
    using program = await start(`setsid env -i sh -c 'echo $$ > "${root}/a"; sleep 60' & sleep 0.8`);
    const pid = await readPid("a");
    expect((await untilEnded(program)).kind).toBe("ended");
    expect(isAlive(pid)).toBe(false);
  });

  test("whose daemon does not come back is ended", async () => {
    using program = await start("sleep 60", { abandonMs: 100 });
    // As if the daemon were another process that has died.
    writeFact(program.folder.holder, { pid: 999_999_999, startTime: "1" });
    expect(await untilEnded(program)).toMatchObject({ kind: "ended", end: { stopped: "abandoned" } });
  });

  test("whose recorder is killed is lost, and a stop still ends it", async () => {
    using program = await start(`echo $$ > "${root}/a"; sleep 60`);
    const pid = await readPid("a");
    killHard(readStart(program.folder)?.recorder.pid ?? 0);
    expect((await untilEnded(program)).kind).toBe("lost");
    await program.stop();
    await until(
      () => isAlive(pid),
      (alive) => !alive,
      2_000,
    );
  });
});

test("a recorder that cannot write down what it starts does not start it", async () => {
  mkdirSync(join(root, "1", "start.json"), { recursive: true });
  using program = await start(`touch "${root}/begun"; sleep 60`);
  expect(program.state().kind).toBe("lost");
  await sleep(200);
  expect(existsSync(join(root, "begun"))).toBe(false);
});

describe("adoption", () => {
  test("takes up a program that runs, and one that has ended meanwhile", async () => {
    using first = await start("sleep 0.4; echo done");
    using second = await adoptRecorded(first.folder.path, "s");
    expect(second?.state().kind).toBe("running");
    await untilEnded(first);
    using third = await adoptRecorded(first.folder.path, "s");
    expect(third?.state()).toMatchObject({ kind: "ended", end: { exitCode: 0 } });
  });

  test("of what never began says so, and it never will", async () => {
    const folder = createRunFolder(join(root, "1"));
    expect(await adoptRecorded(folder.path, "s")).toBeNull();
    expect(claimRun(folder, "recorder")).toBe(false);
  });

  test("of what an earlier daemon had given up, and did not live to begin anew, says the same at once", async () => {
    const folder = createRunFolder(join(root, "1"));
    expect(claimRun(folder, "daemon")).toBe(true);
    const startedAt = performance.now();
    expect(await adoptRecorded(folder.path, "s")).toBeNull();
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  test("of a program whose recorder died while it started it finds what there is by its marker, and ends it", async () => {
    const folder = createRunFolder(join(root, "1"));
    const commandId = randomUUID();
    const orphan = spawn("sleep", ["60"], { env: { [commandMarker]: commandId }, detached: true });
    claimRun(folder, "recorder");
    const recorder = { pid: 4_194_303, startTime: "1" };
    writeFact(folder.start, { recorder, program: null, commandId, startedAt: 1 });
    const startedAt = performance.now();
    using program = await adoptRecorded(folder.path, "s");
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(program?.state().kind).toBe("lost");
    const exited = once(orphan, "exit");
    await program?.stop();
    expect((await exited)[1]).toBe("SIGKILL");
  });

  test("of a lane that came too late to a program which was ending says that it never began", async () => {
    const folder = createRunFolder(join(root, "1"));
    const end = {
      exitCode: null,
      signal: null,
      notStarted: closedText,
      stopped: null,
      cutBytes: 0,
      endedAt: 1,
    };
    writeFact(folder.end, end);
    expect(await adoptRecorded(folder.path, "s")).toBeNull();
    const failed = createRunFolder(join(root, "2"));
    writeFact(failed.end, { ...end, notStarted: "no such program" });
    using other = await adoptRecorded(failed.path, "s");
    expect(other?.state()).toMatchObject({ kind: "ended", end: { notStarted: "no such program" } });
  });
});

test("a file with a cap keeps the start and the last whole lines, and says what is missing", () => {
  const path = join(root, "out");
  const file = openCappedFile(path, 10);
  file.add(Buffer.from("0123456789abcdef\n"));
  for (let line = 0; line < 40; line += 1) file.add(Buffer.from(`${"x".repeat(65_535)}\n`));
  file.add(Buffer.from('{"type":"result"}\n'));
  const cut = file.close();
  const text = readFileSync(path, "utf8");
  expect(text.startsWith(`0123456789\n{"type":"profclaw-cut","bytes":${cut}}\n${"x".repeat(65_535)}\n`)).toBe(
    true,
  );
  expect(text.endsWith('x\n{"type":"result"}\n')).toBe(true);
  expect(cut).toBeGreaterThan(1_500_000);
});

test("lines are the same however a stream is cut into pieces, and an endless one is bounded", () => {
  const cutter = createLineCutter(5);
  const lines = ["ab", "c\nde", "fghij", "kl\n\nx"].flatMap((piece) => cutter.add(piece));
  expect([...lines, ...cutter.rest()]).toEqual([
    { text: "abc", droppedCharacters: 0 },
    { text: "defgh", droppedCharacters: 4 },
    { text: "", droppedCharacters: 0 },
    { text: "x", droppedCharacters: 0 },
  ]);
});
