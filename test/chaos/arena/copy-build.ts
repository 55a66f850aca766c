import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The built program in a folder of its own. Dispose of it. */
export interface BuildCopy extends Disposable {
  folder: string;
  /** The daemon as a client starts it, without its supervisor. */
  daemon: string;
  supervisor: string;
  bin: string;
  /** True if the compiled program knows this word: a part that is not built yet can not be tested. */
  mentions(word: string, folder: string): boolean;
}

/** Rounds take minutes; a build that runs meanwhile would change what is tested in the middle. */
export function copyBuild(): BuildCopy {
  const root = fileURLToPath(new URL("../../../", import.meta.url));
  if (!existsSync(join(root, "dist/daemon/main.js"))) {
    throw new Error("The chaos suite drives the built program: run npm run build first.");
  }
  const folder = mkdtempSync(join(tmpdir(), "profclaw-build-"));
  for (const part of ["dist", "bin", "package.json"]) {
    cpSync(join(root, part), join(folder, part), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const at = (path: string): string => join(folder, path);
  return {
    folder,
    daemon: at("dist/daemon/main.js"),
    supervisor: at("dist/daemon/supervisor.js"),
    bin: at("bin/profclaw.cjs"),
    mentions: (word, part) => listFiles(at(part)).some((file) => readFileSync(file, "utf8").includes(word)),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function listFiles(from: string): string[] {
  return readdirSync(from, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".js"))
    .map((name) => join(from, name));
}
