import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TokenView } from "../../src/contract/daemon-operations.ts";
import type { ProblemSeen } from "../support/e2e/rest.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";

let stage: Stage;

beforeAll(async () => {
  stage = await createStage({
    script: ({ firstUserText }) => (firstUserText === "hang" ? { hang: true } : { text: "done" }),
  });
  await stage.run(["up"]);
});

afterAll(() => stage.close());

const path = "/api/agents/sessions";
const pool = "/api/pool";

function statusWith(token: string): Promise<number> {
  return stage.rest(pool, { token }).then(({ status }) => status);
}

test("show prints the token and nothing else, also where no daemon ever ran", async () => {
  const shown = await stage.run(["token", "show"]);
  expect([shown.exitCode, shown.stdout, shown.stderr]).toEqual([0, `${stage.token()}\n`, ""]);
  const json = JSON.parse((await stage.run(["token", "show", "--json"])).stdout) as TokenView;
  expect(json).toEqual({ token: stage.token(), path: join(stage.state, "token") });
  await using fresh = await createStage();
  const first = await fresh.run(["token", "show"]);
  expect(first.stdout).toBe(`${fresh.token()}\n`);
  rmSync(join(fresh.state, "token"));
  const gone = await fresh.run(["token", "show"]);
  expect([gone.exitCode, gone.stdout]).toEqual([5, ""]);
  expect(gone.stderr).toContain("profclaw token rotate");
});

test("rotate: the old token is refused at once, the new one counts, daemon and sessions go on", async () => {
  const { sessions } = await stage.spawn({ sessions: [{ task: "hang" }] });
  const id = sessions[0]?.id ?? "";
  const [old, { pid }] = [stage.token(), stage.discovery()];
  const end = await stage.run(["token", "rotate", "--yes"]);
  expect(end.exitCode, end.stderr).toBe(0);
  expect(end.stdout).toBe(`${stage.token()}\n`);
  expect(end.stderr).toContain("refused from now on");
  expect(stage.token()).not.toBe(old);
  expect(await Promise.all([statusWith(old), statusWith(stage.token())])).toEqual([401, 200]);
  expect(stage.discovery().pid).toBe(pid);
  expect((await stage.session(id)).status).toMatch(/queued|running/);
  expect(statSync(join(stage.state, "token")).mode & 0o777).toBe(0o600);
  expect(existsSync(join(stage.state, "token.draft"))).toBe(false);
  await stage.run(["agent", "stop", id]);
});

test("a stream that the old token opened ends with it; one of this user goes on", async () => {
  const { sessions } = await stage.spawn({ sessions: [{ task: "hang" }] });
  const url = `${stage.url()}${path}/${sessions[0]?.id}/events`;
  const follow = (more: string) => stage.startShell(`curl -sN -H 'Accept: text/event-stream' ${more} ${url}`);
  const [withToken, without] = [follow(`-H 'Authorization: Bearer ${stage.token()}'`), follow("")];
  await Promise.all([withToken.says(/session-create/), without.says(/session-create/)]);
  await stage.run(["token", "rotate", "--yes"]);
  expect((await withToken.ended).exitCode).toBe(0);
  let hasEnded = false;
  void without.ended.then(() => (hasEnded = true));
  await stage.run(["agent", "stop", sessions[0]?.id ?? ""]);
  await without.says(/session-end/);
  await until(
    () => hasEnded,
    (ended) => ended,
  );
});

test("over REST the one who rotates with the old token gets the new one; without a token it is 401", async () => {
  const old = stage.token();
  expect((await stage.rest("/api/daemon/token", { body: {} })).status).toBe(401);
  const answer = await stage.rest("/api/daemon/token", { body: {}, token: old });
  expect(answer.status).toBe(200);
  const { token } = answer.json<TokenView>();
  expect(token).toBe(stage.token());
  expect((await stage.rest("/api/daemon/token", { body: {}, token: old })).status).toBe(401);
});

test("of many that rotate at once the last one's token is in the file and in force", async () => {
  const ends = await Promise.all([1, 2, 3, 4].map(() => stage.run(["token", "rotate", "--yes", "--json"])));
  const made = ends.map(({ stdout }) => (JSON.parse(stdout) as TokenView).token);
  expect(new Set(made).size).toBe(4);
  const statuses = await Promise.all(made.map(statusWith));
  expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 401, 401, 401]);
  expect(made[statuses.indexOf(200)]).toBe(stage.token());
});

test("off a terminal it needs --yes: exit 8, and the token stays", async () => {
  const old = stage.token();
  const end = await stage.run(["token", "rotate"]);
  expect([end.exitCode, end.stdout]).toEqual([8, ""]);
  expect(end.stderr).toContain("profclaw token rotate --yes");
  const problem = JSON.parse((await stage.run(["token", "rotate", "--json"])).stderr) as ProblemSeen;
  expect(problem.code).toBe("needs-input");
  expect([stage.token(), await statusWith(old)]).toEqual([old, 200]);
});

test.runIf(existsSync("/usr/bin/script"))(
  "on a terminal it asks: n, Ctrl-D and Ctrl-C leave it, y replaces it",
  async () => {
    const old = stage.token();
    const ask = async (answer: string) => {
      const env = { TERM: "xterm", SHELL: "/bin/sh" };
      const person = stage.startShell("script -qec 'profclaw token rotate' /dev/null", { env });
      await person.says(/\[y\/N\]/);
      person.write(answer);
      const { exitCode, stdout } = await person.ended;
      expect(stdout).not.toContain("inside profclaw");
      return exitCode;
    };
    expect([await ask("n\n"), stage.token()]).toEqual([6, old]);
    expect([await ask("\u0004"), stage.token()]).toEqual([6, old]);
    expect([await ask("\u0003"), stage.token()]).toEqual([130, old]);
    expect(await ask("y\n")).toBe(0);
    expect(stage.token()).not.toBe(old);
  },
);

test("after a restart the rotated token still counts, and none is in the log", async () => {
  const token = stage.token();
  await stage.run(["down"]);
  await stage.run(["up"]);
  expect([stage.token(), await statusWith(token)]).toEqual([token, 200]);
  expect(readFileSync(join(stage.state, "logs", "daemon.log"), "utf8")).not.toContain(token);
});
