import { statSync } from "node:fs";
import { ProfclawError } from "../../core/errors.ts";
import type { Env } from "../environment.ts";
import type { ConfigFile } from "./config-file.ts";
import { readUserConfig } from "./read-config.ts";
import { overlayEnv, toConfigEnv } from "./to-settings.ts";

/** The environment over the user's file. Throws config-invalid. */
export function overlayUserConfig(env: Env, path: string): Env {
  return overlayEnv(toConfigEnv(readUserConfig(path).values), env);
}

/** The user's file as a daemon holds it. */
export interface UserConfig {
  /** What is in force. */
  current(): ConfigFile;
  /** Reads the file again if it has changed. True if other values are in force now; never throws. */
  refresh(): boolean;
  /** Why the file as it is now is not in force; null if it is. */
  fault(): string | null;
}

/** Reads the file. Throws config-invalid if it is wrong: there are no older values to go on with. */
export function openUserConfig(path: string): UserConfig {
  let mark = readMark(path);
  let current = readUserConfig(path);
  let fault: string | null = null;
  return {
    current: () => current,
    fault: () => fault,
    refresh() {
      const next = readMark(path);
      if (next === mark) return false;
      mark = next;
      try {
        current = readUserConfig(path);
        fault = null;
        return true;
      } catch (error) {
        fault = toFaultText(path, error);
        return false;
      }
    },
  };
}

function toFaultText(path: string, error: unknown): string {
  const why = error instanceof ProfclawError ? error.message : `it cannot be read: ${String(error)}`;
  const hint = error instanceof ProfclawError && error.hint !== undefined ? ` ${error.hint}` : "";
  return `${path} is wrong, and what it said before stays in force. ${why}${hint}`;
}

/** Tells one state of the file from another without reading it: also its mode, which `chmod` puts right. */
function readMark(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false, bigint: true });
  return stats === undefined ? "none" : [stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(" ");
}
