import { accessSync, constants } from "node:fs";
import type { Env } from "../../config/environment.ts";
import { ProfclawError } from "../../core/errors.ts";
import { checkSqliteVersion } from "../../store/sqlite/sqlite-version.ts";
import { type Finding, toFailure, toOk, toWarning } from "./finding.ts";
import { type Patience, findOnPath, readVersion, toBareEnv } from "./look-up.ts";

// Node knows no ALL_PROXY.
const proxyNames = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"];

/** The Node that runs us. The launcher sees to its version; this says which one it took. */
export function lookAtNode(): Finding {
  return toOk("node", `${process.version}, ${process.execPath}`);
}

/** The SQLite in it: an older one can lose what it has committed. */
export async function lookAtSqlite(version = readSqliteVersion()): Promise<Finding> {
  try {
    checkSqliteVersion(await version);
    return toOk("sqlite", await version);
  } catch (error) {
    if (!(error instanceof ProfclawError)) throw error;
    return toFailure("sqlite", error.message, "Install Node 24.15 or newer: https://nodejs.org");
  }
}

async function readSqliteVersion(): Promise<string> {
  const { DatabaseSync } = await import("node:sqlite");
  using database = new DatabaseSync(":memory:");
  return String(database.prepare("SELECT sqlite_version() AS version").get()?.["version"]);
}

/** The program that `grep` and `glob` run; it comes with the package. */
export async function lookAtSearch(): Promise<Finding> {
  const fix = "Install again, optional packages too: npm install --include=optional";
  try {
    const { rgPath } = await import("@vscode/ripgrep");
    accessSync(rgPath, constants.X_OK);
    return toOk("search", `ripgrep, ${rgPath}`);
  } catch {
    return toWarning("search", "ripgrep is missing: the tools grep and glob do not work.", fix);
  }
}

export async function lookAtGit(env: Env, patience: Patience): Promise<Finding> {
  const path = findOnPath("git", env);
  if (path === undefined) {
    const detail = "git is not on PATH: sessions cannot read a repository's history.";
    return toWarning("git", detail, "Install git with your system's package manager.");
  }
  const answer = await readVersion(path, toBareEnv(env), patience);
  const version = answer.kind === "told" ? answer.version : undefined;
  return toOk("git", version ?? `${path}, which did not say its version in time`);
}

/** Whether model calls go through a proxy. Its address is not shown: a password may be in it. */
export function lookAtProxy(env: Env): Finding {
  const set = proxyNames.filter((name) => env[name]);
  const isUsed = env["NODE_USE_ENV_PROXY"] === "1";
  if (set.length === 0) return toOk("proxy", "none is set; model calls go straight to the provider");
  if (isUsed)
    return toOk("proxy", `model calls go through the one of ${set.join(", ")}; fetch_url uses none`);
  return toWarning(
    "proxy",
    `${set.join(", ")} is set, but model calls do not use it by themselves.`,
    "If you need it: export NODE_USE_ENV_PROXY=1, then profclaw down",
  );
}

/** The one setting that lets anybody read model calls on the way. */
export function lookAtTls(env: Env): Finding[] {
  if (env["NODE_TLS_REJECT_UNAUTHORIZED"] !== "0") return [];
  const detail = "NODE_TLS_REJECT_UNAUTHORIZED=0: anybody on the way can read keys and model calls.";
  return [
    toWarning("tls", detail, "unset NODE_TLS_REJECT_UNAUTHORIZED (a CA of your own: NODE_EXTRA_CA_CERTS)"),
  ];
}
