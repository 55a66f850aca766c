import { expect, test } from "vitest";
import { toOpener } from "../../../../src/cli/bridge/show-windows.ts";
import { resolvePaths } from "../../../../src/config/paths.ts";

const paths = resolvePaths({ PROFCLAW_HOME: "/nowhere" });
const inTmux = { TMUX: "/tmp/tmux,1,0" };

test("a session's own bridge opens no windows, whatever its environment has", () => {
  const env = { ...inTmux, PROFCLAW_TOKEN: `pcs_${"a".repeat(43)}` };
  expect(toOpener({ env, paths }, "auto")).toBeNull();
});

test("without tmux and display spawns are not held up for windows, nor where none are wanted", () => {
  const isMac = process.platform === "darwin";
  expect(toOpener({ env: {}, paths }, "auto") === null).toBe(!isMac);
  expect(toOpener({ env: inTmux, paths }, "none")).toBeNull();
  expect(toOpener({ env: inTmux, paths }, "auto")).not.toBeNull();
});
