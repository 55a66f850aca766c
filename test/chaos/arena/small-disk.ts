import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A small file system of its own. Dispose of it, after all that uses it. */
export interface SmallDisk extends Disposable {
  path: string;
  /** Takes all the space that is left. */
  fill(): void;
  /** Gives it back. */
  free(): void;
}

/** Undefined where mounting is not allowed. */
export function mountSmallDisk(megabytes: number): SmallDisk | undefined {
  const path = mkdtempSync(join(tmpdir(), "profclaw-disk-"));
  const options = `size=${megabytes}m`;
  if (!change("mount", ["-t", "tmpfs", "-o", options, "tmpfs", path])) {
    rmSync(path, { recursive: true });
    return undefined;
  }
  const ballast = join(path, "ballast");
  return {
    path,
    fill: () => writeUntilFull(ballast),
    free: () => rmSync(ballast, { force: true }),
    [Symbol.dispose]() {
      // Lazily: a last process may still have its folder there.
      change("umount", ["-l", path]);
      rmSync(path, { recursive: true, force: true });
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
