import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { defaultLevels } from "../../../src/config/file/config-schema.ts";
import { permissionModes } from "../../../src/policy/levels.ts";
import { type InProcessDaemon, admin, startInProcessDaemon } from "../../support/daemon/in-process-daemon.ts";

let daemon: InProcessDaemon;
beforeEach(async () => {
  daemon = await startInProcessDaemon(() => ({ text: "done" }));
});
afterEach(() => daemon.close());

test("the configuration may make any level the default but full", () => {
  const rest = permissionModes.filter((mode) => !defaultLevels.some((level) => level === mode));
  expect(rest).toEqual(["full", "bypassPermissions"]);
});

test("policy.mode is the level of who names none, and stands beside the rules of the same file", async () => {
  const text = "policy:\n  mode: plan\n  deny: ['Read(secret/**)']\n";
  writeFileSync(join(daemon.home, "config.yaml"), text, { mode: 0o600 });
  await daemon.crash();
  const ids = await daemon.spawn([{}, { permission_mode: "auto" }]);
  const views = await daemon.untilEnded(ids);
  expect(views.map((view) => view.permission_mode)).toEqual(["deny", "auto"]);
  const policy = await daemon.handlers.showPolicy({}, admin);
  expect(policy.permission_mode).toBe("deny");
});

test("a project's policy.mode only narrows until its folder is trusted, and never binds who names a level", async () => {
  const file = join(daemon.workspace, "profclaw.yaml");
  const spawn = async (mode: string) => {
    writeFileSync(file, `policy: { mode: ${mode} }\n`);
    const [plain = "", told = ""] = await daemon.spawn([
      { cwd: daemon.workspace },
      { cwd: daemon.workspace, permission_mode: "auto" },
    ]);
    await daemon.untilEnded([plain, told]);
    const records = await Promise.all([plain, told].map((id) => daemon.store.getSession(id)));
    return records.map((record) => record?.grants.writes);
  };
  expect(await spawn("plan")).toEqual(["no", "yes"]);
  const where = { cwd: daemon.workspace };
  expect(await daemon.handlers.checkPolicy({ ...where, write: "a.txt" }, admin)).toMatchObject({
    decision: "deny",
  });
  const { trust } = daemon.parts.engineParts;
  const config = join(daemon.home, "config.yaml");
  writeFileSync(config, "policy: { mode: plan }\n", { mode: 0o600 });
  await daemon.crash();
  expect(await spawn("auto")).toEqual(["no", "yes"]);
  await trust.trust(daemon.workspace, (await trust.inspect(daemon.workspace)).content);
  await daemon.crash();
  expect(await spawn("auto")).toEqual(["yes", "yes"]);
  expect((await daemon.handlers.showPolicy(where, admin)).permission_mode).toBe("auto");
});
