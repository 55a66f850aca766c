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
