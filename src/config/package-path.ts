import { fileURLToPath } from "node:url";

// Two folders up: from src/config, and from dist/cli and dist/daemon, where the build puts this.
const root = new URL("../../", import.meta.url);

/** A file of this installation, by its path in the package: "bin/profclaw.cjs". */
export function toPackagePath(file: string): string {
  return fileURLToPath(new URL(file, root));
}
