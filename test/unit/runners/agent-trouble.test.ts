import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { NewSessionInput } from "../../../src/contract/session-operations.ts";
import type { SessionView } from "../../../src/contract/shapes.ts";
import { externalSilenceMs, externalTimeoutMs } from "../../../src/core/external-timeout.ts";
import { toSpec } from "../../../src/engine/fresh-record.ts";
import { type InProcessDaemon, admin, startInProcessDaemon } from "../../support/daemon/in-process-daemon.ts";

const fakeClaude = fileURLToPath(new URL("../../support/agents/fake-claude.ts", import.meta.url));

let daemon: InProcessDaemon;
let root = "";
let claude = "";

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "profclaw-trouble-"));
  const home = join(root, "home");
  mkdirSync(home, { mode: 0o700 });
  mkdirSync(join(root, "bin"));
  claude = join(root, "bin", "claude");
  writeFileSync(claude, `#!/bin/sh\nexec "${process.execPath}" "${fakeClaude}" "$@"\n`, { mode: 0o755 });
  writeFileSync(join(root, "bin", "passing"), "#!/bin/sh\necho here\n", { mode: 0o755 });
  const until = `until [ -e "${join(root, "go")}" ]; do sleep 0.05; done`;
  const agents = {
    first: { command: ["sh", "-c", `echo begun; ${until}`], level: "auto" },
    counting: { command: ["wc", "-c"], level: "auto" },
    passing: { command: [join(root, "bin", "passing"), "{model}"], level: "auto" },
    telling: { command: ["echo", '{"result":"told","cost_usd":0.02}'], output: "json-lines", level: "auto" },
    thirsty: {
      command: ["sh", "-c", `echo '{"usage":{"input_tokens":900,"output_tokens":200}}'; sleep 60`],
      output: "json-lines",
      level: "auto",
    },
    mute: { command: ["sh", "-c", "echo begun; sleep 60"], level: "auto" },
  };
  writeFileSync(join(home, "config.yaml"), JSON.stringify({ agents }), { mode: 0o600 });
  const path = `${join(root, "bin")}:${process.env["PATH"] ?? ""}`;
  daemon = await startInProcessDaemon(() => ({ text: "unused" }), {
    PROFCLAW_HOME: home,
    PATH: path,
    POOL_MAX_CONCURRENT: "1",
  });
});

afterEach(async () => {
  await daemon.close();
  rmSync(root, { recursive: true, force: true });
});

async function spawn(session: NewSessionInput): Promise<string> {
  const { sessions } = await daemon.handlers.createSessions({ sessions: [session] }, admin);
  return sessions[0]?.id ?? "";
}

/** A session that is accepted, and whose surroundings change before it has a slot. */
async function changedInTheQueue(session: NewSessionInput, change: () => void): Promise<SessionView> {
  const first = await spawn({ task: "t", agent: "first" });
  const id = await spawn(session);
  change();
  writeFileSync(join(root, "go"), "");
  const [, ended] = await daemon.untilEnded([first, id]);
  if (ended === undefined) throw new Error("It has no end.");
  return ended;
}

describe("what changes between a session's acceptance and its launch is told by name", () => {
  test("its folder is gone", async () => {
    const cwd = join(root, "work");
    mkdirSync(cwd);
    const ended = await changedInTheQueue({ task: "t", agent: "counting", cwd }, () =>
      rmSync(cwd, { recursive: true }),
    );
    expect(ended).toMatchObject({
      status: "failed",
      reason: "agent-error",
      error: { code: "cwd-not-found" },
    });
    expect(ended.error?.detail).toContain(`${cwd} is gone`);
  });

  test("its program is gone", async () => {
    const own = await changedInTheQueue({ task: "t", agent: "passing" }, () =>
      rmSync(join(root, "bin", "passing")),
    );
    expect(own).toMatchObject({ status: "failed", error: { code: "agent-not-started" } });
    rmSync(join(root, "go"));
    const known = await changedInTheQueue({ task: "t", agent: "claude" }, () => rmSync(claude));
    expect(known).toMatchObject({ status: "failed", error: { code: "agent-not-installed" } });
  });

  test("its program is an older one", async () => {
    const ended = await changedInTheQueue({ task: "t", agent: "claude" }, () =>
      writeFileSync(claude, "#!/bin/sh\necho '2.0.1 (Claude Code)'\n"),
    );
    expect(ended).toMatchObject({ status: "failed", error: { code: "agent-too-old" } });
    expect(ended.error?.detail).toMatch(/claude 2\.0\.1 is too old: .*npm i -g/);
  });
});

const status = async () => {
  const { agents } = await daemon.handlers.listAgents({}, admin);
  return agents.find(({ name }) => name === "claude")?.status;
};

test("one whose program does not start is refused with what that said, and listed as such until it is mended", async () => {
  writeFileSync(claude, "#!/bin/sh\necho 'native binary not installed' >&2\nexit 1\n");
  expect(await status()).toBe("broken");
  await expect(spawn({ task: "t", agent: "claude" })).rejects.toMatchObject({
    code: "agent-broken",
    message: expect.stringContaining("exit code 1: native binary not installed"),
    hint: expect.stringContaining("npm i -g @anthropic-ai/claude-code"),
  });
  // What it needs may come without a change of its own file.
  writeFileSync(claude, `#!/bin/sh\n[ -e '${root}/part' ] || exit 127\necho 2.1.330\n`);
  expect(await status()).toBe("broken");
  writeFileSync(join(root, "part"), "");
  expect(await status()).not.toBe("broken");
});

test("one that is stopped at its tokens is told how many it had used, and nothing that it can not be given", async () => {
  const id = await spawn({ task: "t", agent: "thirsty", budget_tokens: 1_000 });
  const [ended] = await daemon.untilEnded([id], 20_000);
  expect(ended).toMatchObject({ status: "failed", reason: "budget" });
  expect(ended?.error?.detail).toMatch(
    /\(1000 tokens\) 1100 are used\. Spawn it again with a larger budget\.$/,
  );
});

test("a model that would be read as a flag of the program is refused", async () => {
  for (const model of ["--dangerously-skip-permissions", "-p"]) {
    for (const agent of ["claude", "passing"]) {
      await expect(spawn({ task: "t", agent, model }), `${agent} ${model}`).rejects.toMatchObject({
        code: "unknown-model",
        pointer: "/sessions/0/model",
      });
    }
  }
});

test("a retry starts it anew, also one that has a budget of its own or is asked for what it lacks", async () => {
  const id = await spawn({ task: "t", agent: "telling", budget_usd: "0.50" });
  await daemon.untilEnded([id]);
  const again = await daemon.handlers.retrySession({ id }, admin);
  const [ended] = await daemon.untilEnded([again.sessions[0]?.id ?? ""]);
  expect(ended).toMatchObject({
    status: "completed",
    agent: "telling",
    cost_usd: "0.02",
    result: { text: "told" },
  });
  await expect(daemon.handlers.retrySession({ id, model: "-p" }, admin)).rejects.toThrow(
    /takes no model|no model/,
  );
});

test("the longest task there is reaches a program and claude whole, by their stdin", async () => {
  const task = "ä".repeat(400_000);
  const own = await spawn({ task, agent: "counting" });
  const known = await spawn({ task, agent: "claude" });
  const [counted, heard] = await daemon.untilEnded([own, known], 20_000);
  expect(counted?.result?.text.trim()).toBe("800000");
  expect(heard?.result?.text).toBe("heard: 400000 characters");
});

test("how long it may be silent stands in its spec, and where a time was given there is no such rule", async () => {
  const id = await spawn({ task: "t", agent: "counting" });
  const timed = await spawn({ task: "t", agent: "counting", timeout: externalTimeoutMs });
  await daemon.untilEnded([id, timed]);
  expect(await daemon.store.getSession(id)).toMatchObject({
    timeoutMs: externalTimeoutMs,
    silenceMs: externalSilenceMs,
  });
  // The same hour, and yet its whole rule.
  expect(await daemon.store.getSession(timed)).toMatchObject({
    timeoutMs: externalTimeoutMs,
    silenceMs: null,
  });
});

test("one that is silent for longer is ended as timed out, with what it had said, and a longer time is what to give", async () => {
  const model = await spawn({ task: "t", agent: "counting" });
  await daemon.untilEnded([model]);
  const record = await daemon.store.getSession(model);
  if (record === undefined) throw new Error("It is not there.");
  const { newId, clock } = daemon.parts.engineParts;
  const [id, batchId] = [newId(), newId()];
  const spec = {
    ...toSpec(record),
    id,
    batchId,
    rootId: batchId,
    agent: "mute",
    provider: "mute",
    silenceMs: 700,
  };
  await daemon.parts.engine.spawn({
    id: batchId,
    parentId: null,
    createdAt: clock.now(),
    budget: record.budget,
    sessions: [spec],
    idempotency: null,
  });
  const [ended] = await daemon.untilEnded([id]);
  expect(ended).toMatchObject({
    status: "timed_out",
    reason: "timeout",
    error: {
      code: "timeout",
      detail: expect.stringMatching(/printed nothing for .*Give a timeout/) as string,
    },
    result: { text: "begun", truncated: true },
  });
});
