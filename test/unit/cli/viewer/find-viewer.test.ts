import { expect, test } from "vitest";
import { type ViewerPlace, type ViewerWish, findViewer } from "../../../../src/cli/viewer/find-viewer.ts";

function find(wish: ViewerWish, place: Partial<Omit<ViewerPlace, "isOnPath">> & { programs?: string[] }) {
  const { env = {}, platform = "linux", programs = [] } = place;
  return findViewer(wish, { env, platform, isOnPath: (program) => programs.includes(program) });
}

function toArgv(viewer: ReturnType<typeof find>): string[] {
  return viewer.kind === "opener" ? viewer.toArgv("title", ["env", "A=b c", "node"]) : [viewer.why];
}

const inTmux = { TMUX: "/tmp/tmux,1,0" };
const desktop = { DISPLAY: ":0" };

test.each<[string, ReturnType<typeof find>, string[]]>([
  [
    "inside tmux a window of it, also on a desktop",
    find("auto", { env: { ...inTmux, ...desktop }, programs: ["tmux", "xterm"] }),
    ["tmux", "new-window", "-d", "-n", "title", "env", "A=b c", "node"],
  ],
  [
    "a terminal that was asked for, although this is tmux",
    find("terminal", { env: { ...inTmux, ...desktop }, programs: ["tmux", "xterm"] }),
    ["xterm", "-T", "title", "-e", "env", "A=b c", "node"],
  ],
  [
    "the first terminal of the list that is installed",
    find("auto", { env: { WAYLAND_DISPLAY: "wayland-0" }, programs: ["xterm", "konsole"] }),
    ["konsole", "-e", "env", "A=b c", "node"],
  ],
  [
    "Windows Terminal from the Linux inside of Windows",
    find("auto", { env: { WSL_DISTRO_NAME: "Ubuntu", DISPLAY: ":0" }, programs: ["wt.exe", "xterm"] }),
    [..."wt.exe -w 0 new-tab --title title wsl.exe -d Ubuntu -- env".split(" "), "A=b c", "node"],
  ],
  [
    "tmux where there is none",
    find("tmux", { env: desktop, programs: ["tmux"] }),
    ["this is not inside tmux"],
  ],
  ["no display", find("auto", { programs: ["xterm"] }), ["there is no display"]],
  ["none wanted", find("none", { env: inTmux, programs: ["tmux"] }), ["none was wanted"]],
  [
    "a Mac's Terminal, words quoted for the shell and the whole for AppleScript",
    find("auto", { platform: "darwin" }),
    ["osascript", "-e", `tell application "Terminal" to do script "env 'A=b c' node"`],
  ],
])("%s", (_, viewer, argv) => {
  expect(toArgv(viewer)).toEqual(argv);
});

test("a word with quotes and backslashes stays one word in iTerm", () => {
  const viewer = find("auto", { platform: "darwin", env: { TERM_PROGRAM: "iTerm.app" } });
  const [, , script = ""] = viewer.kind === "opener" ? viewer.toArgv("t", [`it's "a\\b"`]) : [];
  expect(script).toContain(String.raw`"'it'\\''s \"a\\b\"'"`);
});
