import { dirname, relative } from "node:path";
import { isInside } from "../policy/path-rules.ts";
import { resolvePath } from "../sandbox/resolve-path.ts";
import { planJavaScriptTests } from "./javascript-test-plan.ts";
import { impossible, planned, readManifest, type TestFolder, type TestPlan } from "./test-project.ts";

/** What is to be tested: a real path inside the workspace, and a filter on test names. */
export interface TestTarget {
  realPath: string;
  workspace: string;
  filter: string | null;
}

/** Undefined if this folder is not its kind of project. */
type Planner = (at: TestFolder) => Promise<TestPlan | undefined>;

const planners: readonly Planner[] = [planJavaScriptTests, planCargo, planGo, planPytest, planMake];

/** The nearest manifest at or above the target, inside the workspace, and how its tests are run. */
export async function planTests({ realPath, workspace, filter }: TestTarget): Promise<TestPlan> {
  const { kind } = await resolvePath(realPath);
  if (kind === "missing")
    return impossible(`${realPath} does not exist. Look for the right path with list_dir.`);
  let folder = kind === "folder" ? realPath : dirname(realPath);
  for (; isInside(folder, workspace); folder = dirname(folder)) {
    const target = relative(folder, realPath);
    const plan = await planFolder({ folder, target, isFile: kind === "file", filter, workspace });
    if (plan !== undefined) return plan;
    if (folder === "/") break;
  }
  return impossible(
    `No test setup was found at or above ${realPath} in the workspace: no package.json with a test script, ` +
      "Cargo.toml, go.mod, pytest project or Makefile with a test target. Give the path of a project.",
  );
}

async function planFolder(at: TestFolder): Promise<TestPlan | undefined> {
  for (const plan of planners) {
    const found = await plan(at);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function planCargo(at: TestFolder): Promise<TestPlan | undefined> {
  if ((await readManifest(at, "Cargo.toml")) === undefined) return undefined;
  const notes = at.target === "" ? [] : [`cargo runs the whole package ${at.folder}, not only ${at.target}`];
  const filter = at.filter === null ? [] : [at.filter];
  return planned({
    runner: "cargo",
    argvs: [["cargo", "test", "--no-fail-fast", ...filter]],
    folder: at.folder,
    notes,
  });
}

async function planGo(at: TestFolder): Promise<TestPlan | undefined> {
  if ((await readManifest(at, "go.mod")) === undefined) return undefined;
  const folder = at.isFile ? dirname(at.target) : at.target;
  const packages = folder === "" || folder === "." ? "./..." : `./${folder}${at.isFile ? "" : "/..."}`;
  const filter = at.filter === null ? [] : ["-run", at.filter];
  return planned({
    runner: "go",
    argvs: [["go", "test", "-json", ...filter, packages]],
    folder: at.folder,
    notes: [],
  });
}

async function planPytest(at: TestFolder): Promise<TestPlan | undefined> {
  const names = [
    "pytest.ini",
    "pyproject.toml",
    "tox.ini",
    "setup.cfg",
    "setup.py",
    "conftest.py",
    "requirements.txt",
  ];
  const manifests = await Promise.all(names.map((name) => readManifest(at, name)));
  if (manifests.every((text) => text === undefined)) return undefined;
  const flags = ["-q", "-rfE", "--color=no", ...(at.filter === null ? [] : ["-k", at.filter])];
  const rest = at.target === "" ? flags : [...flags, `./${at.target}`];
  const local = [".venv", "venv"].map((name): [string, ...string[]] => [
    `${at.folder}/${name}/bin/pytest`,
    ...rest,
  ]);
  return planned({
    runner: "pytest",
    argvs: [...local, ["pytest", ...rest], ["python3", "-m", "pytest", ...rest]],
    folder: at.folder,
    notes: [],
  });
}

async function planMake(at: TestFolder): Promise<TestPlan | undefined> {
  const texts = await Promise.all(
    ["GNUmakefile", "makefile", "Makefile"].map((name) => readManifest(at, name)),
  );
  const text = texts.find((found) => found !== undefined);
  if (text === undefined || !/^test\s*:(?!=)/m.test(text)) return undefined;
  if (at.filter !== null)
    return impossible("make can not filter tests by name. Call test_run without a filter.");
  const notes = at.target === "" ? [] : [`make runs all tests of ${at.folder}, not only ${at.target}`];
  return planned({ runner: "make", argvs: [["make", "test"]], folder: at.folder, notes });
}
