import { readFileSync } from "node:fs";
import { toPackagePath } from "./package-path.ts";

const manifest = JSON.parse(readFileSync(toPackagePath("package.json"), "utf8")) as { version: string };

/** The program's version, from its package. */
export const version: string = manifest.version;
