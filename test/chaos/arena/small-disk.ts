import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BuildCopy } from "./copy-build.ts";
import { compilePreload } from "./preload.ts";

/** A disk that can be full. Dispose of it, after all that uses it. */
export interface SmallDisk extends Disposable {
  path: string;
  /** What it is, for the report. */
  kind: string;
  /** What a daemon needs to be on it. */
  env: Record<string, string>;
  /** Takes all the space that is left. */
  fill(): void;
  /** Gives it back. */
  free(): void;
}

/** A small tmpfs; else a folder that cannot grow; undefined where neither can be had. */
export function makeSmallDisk(build: BuildCopy, megabytes: number): SmallDisk | undefined {
  const path = mkdtempSync(join(tmpdir(), "profclaw-disk-"));
  const disk = mountDisk(path, megabytes) ?? pretendDisk(path, build);
  if (disk === undefined) rmSync(path, { recursive: true });
  return disk;
}

/** Undefined where mounting is not allowed. */
function mountDisk(path: string, megabytes: number): SmallDisk | undefined {
  if (!change("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", path])) return undefined;
  const ballast = join(path, "ballast");
  return {
    path,
    kind: "a tmpfs",
    env: {},
    fill: () => writeUntilFull(ballast),
    free: () => rmSync(ballast, { force: true }),
    [Symbol.dispose]() {
      // Lazily: a last process may still have its folder there.
      change("umount", ["-l", path]);
      rmSync(path, { recursive: true, force: true });
    },
  };
}

/** Needs no right at all, but a C compiler: the daemon's own writes are answered ENOSPC while the flag is there. */
function pretendDisk(path: string, build: BuildCopy): SmallDisk | undefined {
  const library = compilePreload(build, new URL("./no-room.c", import.meta.url));
  if (library === undefined) return undefined;
  const flag = `${path}.full`;
  return {
    path,
    kind: "a folder that cannot grow",
    env: { LD_PRELOAD: library, NO_ROOM_FLAG: flag, NO_ROOM_FOLDER: path },
    fill: () => writeFileSync(flag, ""),
    free: () => rmSync(flag, { force: true }),
    [Symbol.dispose]() {
      for (const left of [path, flag]) rmSync(left, { recursive: true, force: true });
    },
  };
}

function change(program: "mount" | "umount", args: readonly string[]): boolean {
  return spawnSync(program, args).status === 0;
}

function writeUntilFull(path: string): void {
  const file = openSync(path, "a");
  try {
    for (const size of [65_536, 4_096, 512]) writeWhileItFits(file, Buffer.alloc(size, 1));
  } finally {
    closeSync(file);
  }
}

function writeWhileItFits(file: number, data: Buffer): void {
  try {
    while (writeSync(file, data) === data.length);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
  }
}
