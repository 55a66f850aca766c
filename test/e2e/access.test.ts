import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { asNobody, canBecomeNobody } from "../support/e2e/other-user.ts";
import type { ProblemSeen } from "../support/e2e/rest.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";
import type { ParsedRequest, Reply } from "../support/model-server/reply.ts";

let stage: Stage;

const secret = "sk-ant-a-key-that-must-not-leave-memory";
const path = "/api/agents/sessions";

/** A task that starts with "$ " is a command for the session's bash; its output is the result. */
function runCommand({ firstUserText, turn, toolResults }: ParsedRequest): Reply {
  if (firstUserText === "hang") return { hang: true };
  if (!firstUserText.startsWith("$ ")) return { text: "done" };
  if (turn === 0) return { toolCalls: [{ name: "bash", input: { command: firstUserText.slice(2) } }] };
  return { text: toolResults[0]?.text ?? "" };
}

beforeAll(async () => {
  stage = await createStage({ script: runCommand, env: { ANTHROPIC_API_KEY: secret } });
  await stage.run(["up"]);
});

afterAll(() => stage.close());

function toCurl(body: unknown, more = ""): string {
  return `curl -s -X POST ${stage.url()}${path} -H 'Content-Type: application/json' ${more} -d '${JSON.stringify(body)}'`;
}

const spawnOne = { sessions: [{ task: "from inside" }] };

/** What a command prints that a session at level full runs, and the session's id. */
async function runInSession(command: string): Promise<{ id: string; text: string }> {
  const { stdout } = await stage.run([
    "agent",
    "spawn",
    "-d",
    "--permission-mode",
    "full",
    "--task",
    `$ ${command}`,
  ]);
  const id = stdout.trim();
  const [ended] = await stage.untilEnded([id]);
  return { id, text: ended?.result?.text ?? "" };
}

test("P11: a curl without a token works for the daemon's own user", async () => {
  const answer = await stage.shell(`${toCurl(spawnOne)} -w '\\n%{http_code}'`);
  expect(answer.stdout).toMatch(/\n202$/);
});

test.runIf(canBecomeNobody("/"))(
  "P11: another user of the machine is 401 on everything but with the token, and is told the header",
  async () => {
    const commands = [toCurl(spawnOne), `curl -s ${stage.url()}${path}`, `curl -s ${stage.url()}/api/cost`];
    for (const command of commands) {
      const refused = await stage.shell(`${asNobody} ${command}`);
      const problem = JSON.parse(refused.stdout) as ProblemSeen;
      expect(problem).toMatchObject({
        status: 401,
        code: "unauthorized",
        hint: expect.stringContaining("Authorization: Bearer"),
      });
    }
    const before = (await stage.sessions()).length;
    const withToken = toCurl(spawnOne, `-H 'Authorization: Bearer ${stage.token()}'`);
    const accepted = await stage.shell(`${asNobody} ${withToken} -w '\\n%{http_code}'`);
    expect(accepted.stdout).toMatch(/\n202$/);
    expect(await stage.sessions()).toHaveLength(before + 1);
  },
);

test("P11: a wrong token is 401, also from the own user who would need none", async () => {
  for (const authorization of ["Bearer wrong", "Bearer ", "Basic cm9vdDpyb290", stage.token()]) {
    const answer = await stage.rest(path, { headers: { authorization } });
    expect(answer.status, authorization).toBe(401);
    expect(answer.headers["www-authenticate"]).toMatch(/^Bearer/);
  }
});

test("P11: what changes the daemon always needs the token", async () => {
  const calls: [string, string][] = [
    ["/api/pool", "PUT"],
    ["/api/daemon/stop", "POST"],
    ["/api/daemon/greet", "POST"],
    ["/api/daemon/token", "POST"],
  ];
  for (const [target, method] of calls) {
    expect((await stage.rest(target, { method, body: {} })).status, target).toBe(401);
  }
});

test("P15: a process that a session started acts as that session", async () => {
  const { id, text } = await runInSession(toCurl(spawnOne));
  const { sessions } = JSON.parse(text) as { sessions: { id: string; parent_id: string; depth: number }[] };
  expect(sessions).toMatchObject([{ parent_id: id, depth: 1 }]);
  expect((await stage.session(sessions[0]?.id ?? "")).parent_id).toBe(id);
});

test("P15: it does so too from a process of its own without the marker, and whatever parent it names", async () => {
  const apart = await runInSession(`setsid --wait env -u PROFCLAW_SESSION_ID ${toCurl(spawnOne)}`);
  expect(JSON.parse(apart.text)).toMatchObject({ sessions: [{ parent_id: apart.id }] });
  const other = (await stage.spawn({ sessions: [{ task: "somebody else" }] })).sessions[0]?.id;
  const named = await runInSession(toCurl({ ...spawnOne, parent: other }));
  expect(JSON.parse(named.text)).toMatchObject({ status: 403, code: "policy-denied", pointer: "/parent" });
  expect((await stage.sessions()).filter(({ parent_id }) => parent_id === other)).toEqual([]);
});

/** Who its children's parent is, or 401 where it was refused. */
function readParent(text: string): string | number | null | undefined {
  const { sessions, status } = JSON.parse(text) as {
    sessions?: { parent_id: string | null }[];
    status?: number;
  };
  return status ?? sessions?.[0]?.parent_id;
}

test("P15: a process that has wiped its environment is no person", async () => {
  const { id, text } = await runInSession(`env -i PATH="$PATH" ${toCurl(spawnOne)}`);
  expect([id, 401]).toContain(readParent(text));
});

test("P15: a process that carries another session's marker does not become that session", async () => {
  const { sessions } = await stage.spawn({ sessions: [{ task: "hang" }] });
  const other = sessions[0]?.id ?? "";
  const { id, text } = await runInSession(`PROFCLAW_SESSION_ID=${other} ${toCurl(spawnOne)}`);
  expect([id, 401]).toContain(readParent(text));
});

test("P15: it may not change the daemon, and its tools see no key of ours", async () => {
  const change = await runInSession(
    `curl -s -X PUT ${stage.url()}/api/pool -H 'Content-Type: application/json' -d '{"max_concurrent":99}'`,
  );
  expect(JSON.parse(change.text)).toMatchObject({ status: 401 });
  const { text } = await runInSession("env");
  expect(text).toContain("PROFCLAW_SESSION_ID=");
  expect(text).not.toContain(secret);
  expect(text).not.toMatch(/API_KEY/);
});

test("P11: level full is 403 without the token", async () => {
  const answer = await stage.rest(path, { body: { sessions: [{ task: "x", permission_mode: "full" }] } });
  expect([answer.status, answer.json<ProblemSeen>().code]).toEqual([403, "policy-denied"]);
});

test("the state folder, its socket, token and books are for their owner only, and no key is in them", async () => {
  const modes = ["", "daemon.sock", "token", "profclaw.db", "daemon.json", "logs/daemon.log"].map((name) => [
    name,
    (statSync(join(stage.state, name)).mode & 0o777).toString(8),
  ]);
  expect(modes).toEqual([
    ["", "700"],
    ...["daemon.sock", "token", "profclaw.db", "daemon.json", "logs/daemon.log"].map((name) => [name, "600"]),
  ]);
  expect(stage.model.requests.length).toBeGreaterThan(0);
  expect(spawnSync("grep", ["-rl", secret, stage.state], { encoding: "utf8" }).stdout).toBe("");
});
