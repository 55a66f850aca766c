import { execFile } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type AgentName, pinnedAgents } from "./pinned-agents.ts";

const run = promisify(execFile);
const fetchWithinMs = 180_000;
const npmFlags = [
  "--ignore-scripts",
  "--no-audit",
  "--no-fund",
  "--no-update-notifier",
  // Without a network the tests are to be skipped soon.
  "--fetch-retries=1",
  "--fetch-retry-mintimeout=1000",
];

export type Installed = { kind: "there"; program: string } | { kind: "missing"; reason: string };

/** The pinned program, from the cache folder of this user; fetched once, by npm and without its install scripts. */
export async function installAgent(name: AgentName): Promise<Installed> {
  const { version } = pinnedAgents[name];
  const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "profclaw-agents");
  const folder = join(cache, `${name}-${version}`);
  if (findProgram(name, folder) === undefined) {
    const failure = await fetchInto(folder, name, cache).catch(toReason);
    if (failure !== undefined) return { kind: "missing", reason: failure };
  }
  const program = findProgram(name, folder);
  return program === undefined
    ? { kind: "missing", reason: `the package has no ${pinnedAgents[name].program} for this platform` }
    : { kind: "there", program };
}

function findProgram(name: AgentName, folder: string): string | undefined {
  const modules = join(folder, "node_modules");
  const [found] = globSync(pinnedAgents[name].program, { cwd: modules });
  return found === undefined ? undefined : join(modules, found);
}

/** Beside it and then moved, so that a fetch that was cut off is never taken for a whole one. */
async function fetchInto(folder: string, name: AgentName, cache: string): Promise<undefined> {
  const pinned = pinnedAgents[name];
  mkdirSync(cache, { recursive: true });
  const fresh = mkdtempSync(join(cache, ".fetch-"));
  try {
    const wanted = `${pinned.package}@${pinned.version}`;
    await run("npm", ["install", "--prefix", fresh, ...npmFlags, wanted], {
      cwd: fresh,
      env: withoutNpm(process.env),
      timeout: fetchWithinMs,
    });
    rmSync(folder, { recursive: true, force: true });
    renameSync(fresh, folder);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** What `npm run` tells its script about this checkout is not for an npm that works elsewhere. */
function withoutNpm(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^npm_(?!config_registry$)/i.test(name)));
}

function toReason(error: unknown): string {
  const { stderr = "", message } = error as Error & { stderr?: string };
  const said = [...stderr.matchAll(/^npm (?:error|ERR!) (.*)$/gm)].map(([, line = ""]) => line);
  return said.length > 0 ? said.slice(0, 3).join("; ") : message;
}
