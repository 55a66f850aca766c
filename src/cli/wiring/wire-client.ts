import { randomUUID } from "node:crypto";
import { accessSync, constants } from "node:fs";
import { copyFile, mkdir, readFile, realpath, rename, stat, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { ProfclawError } from "../../core/errors.ts";
import { askYes } from "../ask-yes.ts";
import type { CliContext } from "../context.ts";
import { toJsonText, toVisibleText } from "../plain-text.ts";
import { editConfig } from "./edit-config.ts";
import { type KnownClient, findClient } from "./known-clients.ts";
import { toPackagePath } from "../../config/package-path.ts";

export interface WiringFlags {
  yes?: boolean;
  dryRun?: boolean;
  json?: boolean;
}

interface Wiring {
  client: string;
  file: string;
  status: "installed" | "uninstalled" | "unchanged" | "would-change";
  backup: string | null;
  diff: string[];
}

/** Shows what would change in a client's own file, asks, keeps a copy, and changes it at once or not at all. */
export async function wireClient(
  [name, action]: [name: string, action: "install" | "uninstall"],
  flags: WiringFlags,
  context: CliContext,
): Promise<number> {
  const client = findClient(name, findOwnCommand(context), { env: context.env, platform: process.platform });
  const before = await readConfig(client.file);
  const after = editConfig(before ?? "", client, action);
  const diff = toDiff(before ?? "", after);
  const base = { client: client.name, file: client.file, diff, backup: null };
  if (after === (before ?? "")) return tell({ ...base, status: "unchanged" }, client, { flags, context });
  if (flags.json !== true) context.terminal.say([client.file, ...diff].map(toVisibleText).join("\n"));
  if (flags.dryRun === true) return tell({ ...base, status: "would-change" }, client, { flags, context });
  if (flags.yes !== true) await requireYes(client, action, context);
  const backup = await replaceConfig(client.file, before, after);
  return tell({ ...base, status: `${action}ed`, backup }, client, { flags, context });
}

function tell(
  wiring: Wiring,
  { next: advice }: KnownClient,
  { flags, context }: { flags: WiringFlags; context: CliContext },
): number {
  const { client, file, status, backup } = wiring;
  const kept = backup === null ? "" : ` What it was: ${backup}.`;
  const next = status === "installed" ? ` ${advice}` : "";
  const text = toVisibleText(`${client}  ${status}  ${file}.${kept}${next}`);
  context.terminal.print(flags.json === true ? toJsonText(wiring) : text);
  return 0;
}

async function requireYes(
  { name, file }: KnownClient,
  action: string,
  { terminal }: CliContext,
): Promise<void> {
  if (!terminal.canAsk) {
    throw new ProfclawError("needs-input", `${file} is changed only with a yes.`, {
      hint: `Say it with the command: profclaw mcp ${action} ${name} --yes`,
    });
  }
  if (await askYes(`Change ${file}? [y/N] `)) return;
  throw new ProfclawError("policy-denied", `${file} stays as it is.`, { hint: "Say y, or --yes." });
}

/** `profclaw` where a shell finds it, else this very installation. */
function findOwnCommand({ env }: CliContext): string[] {
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder.startsWith("/"));
  if (folders.some((folder) => isExecutable(join(folder, "profclaw")))) return ["profclaw", "mcp"];
  return [process.execPath, toPackagePath("bin/profclaw.cjs"), "mcp"];
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Null where there is none. */
async function readConfig(file: string): Promise<string | null> {
  return readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw new ProfclawError("config-invalid", `${file} can not be read: ${error.message}.`, {
      hint: "Make it a readable file.",
    });
  });
}

/** The backup's path; null where nothing was. Throws if somebody else has changed the file since. */
async function replaceConfig(file: string, before: string | null, after: string): Promise<string | null> {
  await mkdir(dirname(file), { recursive: true });
  // A link stays one: people keep such files elsewhere.
  const target = before === null ? file : await realpath(file);
  const temporary = `${target}.${randomUUID()}`;
  const mode = before === null ? 0o600 : (await stat(target)).mode & 0o777;
  await writeFile(temporary, after, { mode });
  const backup = before === null ? null : await keepCopy(target, file);
  if ((await readConfig(file)) !== before) {
    throw new ProfclawError("config-invalid", `${file} has been changed by somebody else just now.`, {
      hint: "Type it again.",
    });
  }
  await rename(temporary, target);
  return backup;
}

/** Never over an earlier one: the first is what the person had before all of it. */
async function keepCopy(target: string, file: string): Promise<string> {
  for (let round = 1; ; round += 1) {
    const copy = `${file}.before-profclaw${round === 1 ? "" : `-${round}`}`;
    try {
      await copyFile(target, copy, constants.COPYFILE_EXCL);
      return copy;
    } catch (error) {
      const isTaken = error instanceof Error && "code" in error && error.code === "EEXIST";
      if (!isTaken || round === mostCopies) throw toCopyFault(error, { file, copy });
    }
  }
}

const mostCopies = 99;

function toCopyFault(error: unknown, { file, copy }: { file: string; copy: string }): ProfclawError {
  const why = error instanceof Error ? error.message : String(error);
  return new ProfclawError(
    "config-invalid",
    `${file} stays as it is: no copy of it can be kept as ${copy}: ${why}.`,
    {
      hint: "Make room there, or take old copies away.",
    },
  );
}

/** The lines that differ, between those that both have in common. */
function toDiff(before: string, after: string): string[] {
  const [old, fresh] = [before.split("\n"), after.split("\n")];
  let start = 0;
  while (start < old.length && start < fresh.length && old[start] === fresh[start]) start += 1;
  let end = 0;
  const most = Math.min(old.length, fresh.length) - start;
  while (end < most && old.at(-1 - end) === fresh.at(-1 - end)) end += 1;
  const removed = old.slice(start, old.length - end).map((line) => `-${line}`);
  return [...removed, ...fresh.slice(start, fresh.length - end).map((line) => `+${line}`)];
}
