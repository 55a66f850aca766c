import { dirname } from "node:path";
import { z } from "zod";
import { isInside } from "../policy/path-rules.ts";
import { impossible, planned, readManifest, type TestFolder, type TestPlan } from "./test-project.ts";

const packageManifest = z.object({
  packageManager: z.string().optional(),
  scripts: z.record(z.string(), z.string()).optional(),
  dependencies: z.record(z.string(), z.unknown()).optional(),
  devDependencies: z.record(z.string(), z.unknown()).optional(),
});

const runners = ["npm", "pnpm", "yarn", "bun"] as const;
type Runner = (typeof runners)[number];

const lockFiles: Record<string, Runner> = {
  "pnpm-lock.yaml": "pnpm",
  "yarn.lock": "yarn",
  "bun.lock": "bun",
  "bun.lockb": "bun",
  "package-lock.json": "npm",
};

/** The flag by which each framework filters test names. node takes it by NODE_OPTIONS, which reaches any script. */
const filterFlags: Record<string, string> = { vitest: "-t", jest: "-t", mocha: "-g", bun: "-t" };

/** A package.json with a test script, or a bun project without one. */
export async function planJavaScriptTests(at: TestFolder): Promise<TestPlan | undefined> {
  const text = await readManifest(at, "package.json");
  if (text === undefined) return undefined;
  const manifest = parseManifest(text);
  if (manifest === undefined)
    return impossible(`${at.folder}/package.json is not valid JSON. Put it right first.`);
  const script = manifest.scripts?.["test"];
  const runner = readRunner(manifest.packageManager) ?? (await findRunner(at));
  if (runner === "bun" && script === undefined) return toPlan(at, { runner, script: "bun test" });
  // What npm init writes runs nothing; a manifest above or beside may.
  if (script === undefined || script.includes("no test specified")) return undefined;
  return toPlan(at, { runner, script });
}

function parseManifest(text: string): z.infer<typeof packageManifest> | undefined {
  try {
    return packageManifest.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function readRunner(packageManager: string | undefined): Runner | undefined {
  return runners.find((name) => packageManager?.startsWith(`${name}@`) === true);
}

/** By the nearest lock file: in a monorepo it lies at the root. */
async function findRunner(at: TestFolder): Promise<Runner> {
  for (let folder = at.folder; isInside(folder, at.workspace) && folder !== "/"; folder = dirname(folder)) {
    for (const [name, runner] of Object.entries(lockFiles)) {
      if ((await readManifest({ folder }, name)) !== undefined) return runner;
    }
  }
  return "npm";
}

function toPlan(at: TestFolder, { runner, script }: { runner: Runner; script: string }): TestPlan {
  const framework = /\b(vitest|jest|mocha|bun test|node\b.*--test)/.exec(script)?.[1]?.split(" ")[0] ?? "";
  const notes: string[] = [];
  const args: string[] = [];
  // vitest without `run` would wait for changes; CI=1 is set, this is for those that unset it.
  if (at.target !== "" && (at.isFile || framework !== "node")) args.push(`./${at.target}`);
  else if (at.target !== "") notes.push(`${at.folder} ran as a whole, not only ${at.target}`);
  const flag = filterFlags[framework];
  if (at.filter !== null && flag === undefined && framework !== "node") {
    return impossible(
      `How \`${script}\` filters tests by name is not known. Call test_run without a filter.`,
    );
  }
  if (at.filter !== null && flag !== undefined) args.push(flag, at.filter);
  const plan = planned({ runner, argvs: [toArgv({ runner, script }, args)], folder: at.folder, notes });
  const pattern = at.filter === null || framework !== "node" ? undefined : toNodeFilter(at.filter);
  return plan.kind === "planned" && pattern !== undefined
    ? { ...plan, environment: { NODE_OPTIONS: pattern } }
    : plan;
}

function toNodeFilter(filter: string): string {
  return `--test-name-pattern="${filter.replace(/["\\]/g, "\\$&")}"`;
}

/** npm alone needs -- before arguments; bun runs its own tests unless the script is asked for. */
function toArgv(
  { runner, script }: { runner: Runner; script: string },
  args: string[],
): [string, ...string[]] {
  if (runner === "bun")
    return script === "bun test" ? ["bun", "test", ...args] : ["bun", "run", "test", ...args];
  if (runner === "npm") return ["npm", "test", ...(args.length === 0 ? [] : ["--", ...args])];
  return [runner, "test", ...args];
}
