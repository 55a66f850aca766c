import type { Env } from "../../config/environment.ts";
import { toShellWord } from "../../core/shell-word.ts";

export const viewerWishes = ["auto", "tmux", "terminal", "none"] as const;

export type ViewerWish = (typeof viewerWishes)[number];

/** What opens a window here: its name, and the words before the command that runs in it; or why there is none. */
export type Viewer =
  | {
      kind: "opener";
      name: string;
      toArgv: (title: string, command: readonly string[]) => [string, ...string[]];
    }
  | { kind: "none"; why: string };

/** What is known of the machine. */
export interface ViewerPlace {
  env: Env;
  platform: NodeJS.Platform;
  isOnPath: (program: string) => boolean;
}

type ToArgv = Extract<Viewer, { kind: "opener" }>["toArgv"];

/** Terminals of a desktop, the first that is there is taken. */
const terminals: readonly (readonly [program: string, toArgv: ToArgv])[] = [
  ["gnome-terminal", (title, command) => ["gnome-terminal", "--title", title, "--", ...command]],
  ["konsole", (_, command) => ["konsole", "-e", ...command]],
  ["kitty", (title, command) => ["kitty", "--title", title, ...command]],
  ["wezterm", (_, command) => ["wezterm", "start", "--", ...command]],
  ["xterm", (title, command) => ["xterm", "-T", title, "-e", ...command]],
];

/** A tmux window inside tmux, else the system's terminal. Pure. */
export function findViewer(wish: ViewerWish, place: ViewerPlace): Viewer {
  if (wish === "none") return { kind: "none", why: "none was wanted" };
  if (wish !== "terminal") {
    const isInside = (place.env["TMUX"] ?? "") !== "" && place.isOnPath("tmux");
    if (isInside) return { kind: "opener", name: "a tmux window", toArgv: toTmux };
    if (wish === "tmux") return { kind: "none", why: "this is not inside tmux" };
  }
  if (place.platform === "darwin") return findMacTerminal(place);
  return findWindowsTerminal(place) ?? findTerminal(place);
}

/** Linux inside of Windows: its terminal is a program of the other side. */
function findWindowsTerminal({ env, isOnPath }: ViewerPlace): Viewer | undefined {
  const distribution = env["WSL_DISTRO_NAME"] ?? "";
  if (distribution === "" || !isOnPath("wt.exe")) return undefined;
  const inside = ["wsl.exe", "-d", distribution, "--"];
  return {
    kind: "opener",
    name: "Windows Terminal",
    toArgv: (title, command) => {
      // To wt a semicolon begins another command.
      const tab = ["-w", "0", "new-tab", "--title", title];
      return ["wt.exe", ...tab, ...[...inside, ...command].map((word) => word.replaceAll(";", "\\;"))];
    },
  };
}

const toTmux: ToArgv = (title, command) => ["tmux", "new-window", "-d", "-n", title, ...command];

function findTerminal({ env, isOnPath }: ViewerPlace): Viewer {
  const hasDisplay = [env["DISPLAY"], env["WAYLAND_DISPLAY"]].some((value) => (value ?? "") !== "");
  if (!hasDisplay) return { kind: "none", why: "there is no display" };
  const found = terminals.find(([program]) => isOnPath(program));
  if (found !== undefined) return { kind: "opener", name: found[0], toArgv: found[1] };
  const names = terminals.map(([program]) => program).join(", ");
  return { kind: "none", why: `none of ${names} is installed` };
}

function findMacTerminal({ env }: ViewerPlace): Viewer {
  const isITerm = env["TERM_PROGRAM"] === "iTerm.app";
  const toScript = (line: string): string =>
    isITerm
      ? `tell application "iTerm" to create window with default profile command ${line}`
      : `tell application "Terminal" to do script ${line}`;
  return {
    kind: "opener",
    name: isITerm ? "iTerm" : "Terminal",
    toArgv: (_, command) => ["osascript", "-e", toScript(toAppleText(command.map(toShellWord).join(" ")))],
  };
}

function toAppleText(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
