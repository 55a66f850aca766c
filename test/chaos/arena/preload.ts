import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BuildCopy } from "./copy-build.ts";

const compiler = "cc";

/** Compiles a C file of this suite for LD_PRELOAD; undefined where there is no C compiler. */
export function compilePreload(build: BuildCopy, source: URL): string | undefined {
  if (process.platform !== "linux") return undefined;
  const file = fileURLToPath(source);
  const made = join(build.folder, `${file.split("/").at(-1)}.so`);
  const { status } = spawnSync(compiler, ["-shared", "-fPIC", "-o", made, file, "-ldl"]);
  return status === 0 ? made : undefined;
}
