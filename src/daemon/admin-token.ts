import { randomBytes } from "node:crypto";
import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { ProfclawError } from "../core/errors.ts";
import type { AdminToken } from "../server/access.ts";
import { syncToDisk } from "../store/sqlite/database-files.ts";
import { isFileError } from "../store/sqlite/private-files.ts";
import { toStoreError } from "../store/sqlite/sqlite-errors.ts";

/** The admin token of a state folder, and the one way to get another. */
export interface TokenBook {
  current(): AdminToken;
  /**
   * Puts another one in the file, then in force; the old one counts no more. Answers the new one. Throws
   * storage-full or config-invalid if the file cannot be written: then the old one still counts.
   */
  rotate(): string;
}

/** Reads the token's file, or makes it at the first start. The file is 0600. */
export function openTokenBook(path: string): TokenBook {
  let text = readToken(path) ?? makeToken(path);
  let replaced = new AbortController();
  return {
    current: () => ({ text, replaced: replaced.signal }),
    rotate() {
      const old = replaced;
      text = makeToken(path);
      replaced = new AbortController();
      old.abort();
      return text;
    },
  };
}

function readToken(path: string): string | undefined {
  try {
    const token = readFileSync(path, "utf8").trim();
    chmodSync(path, 0o600);
    return token === "" ? undefined : token;
  } catch (error) {
    if (isFileError(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** Whole or not at all, and on the disk: after a crash the file has one that was given out. */
function makeToken(path: string): string {
  const token = randomBytes(32).toString("base64url");
  const draft = `${path}.draft`;
  try {
    rmSync(draft, { force: true });
    writeFileSync(draft, `${token}\n`, { mode: 0o600, flag: "wx" });
    syncToDisk(draft);
    renameSync(draft, path);
    return token;
  } catch (error) {
    const fault = toStoreError(error);
    if (fault instanceof ProfclawError) throw fault;
    const why = error instanceof Error ? error.message : String(error);
    throw new ProfclawError("config-invalid", `The token's file ${path} cannot be written: ${why}`, {
      hint: "Check the rights of that folder.",
    });
  }
}
