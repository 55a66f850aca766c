import type { ToolReply } from "../conversation.ts";
import type { Plan } from "../plan.ts";
import { isOwnCode, isTestCode, readFailures, readPaths, readSourceLines } from "../read-replies.ts";

interface Route {
  method: string;
  path: string;
  place: string;
}

const mostFilesRead = 8;
const routeGlob = "{**/routes/**,**/*route*,**/api/**}";
const testGlob = "{**/*.test.*,**/*.spec.*,**/*_test.*,**/test_*}";
const routeLine = /\b(?:\w*router|app|api|server)\.(get|post|put|patch|delete)\(\s*["'`](\/[^"'`]*)/i;

/** "Check test coverage for the API routes" */
export const routeTests: Plan = {
  steps: [
    {
      text: "I look for the API's routes and for its tests.",
      toCalls: () => [
        { tool: "glob", input: { pattern: routeGlob } },
        { tool: "glob", input: { pattern: testGlob } },
      ],
    },
    {
      text: "I read the routes and the tests, to see which route is called by which test.",
      toCalls: (replies) =>
        [...toRouteFiles(replies), ...toTestFiles(replies)].map((path) => ({
          tool: "read_file",
          input: { path },
        })),
    },
    {
      text: "Now I run the tests: what is there must also pass.",
      toCalls: (replies) =>
        toTestFiles(replies).length === 0 ? [] : [{ tool: "test_run", input: { path: "." } }],
    },
  ],
  toReport,
};

function toRouteFiles(replies: readonly ToolReply[]): string[] {
  return readPaths(replies, routeGlob).filter(isOwnCode).slice(0, mostFilesRead);
}

function toTestFiles(replies: readonly ToolReply[]): string[] {
  return readPaths(replies, testGlob).filter(isTestCode).slice(0, mostFilesRead);
}

function toRoutes(replies: readonly ToolReply[]): Route[] {
  return readSourceLines(replies)
    .filter(({ path }) => isOwnCode(path))
    .flatMap(({ path: file, line, text }) => {
      const [, method, path] = routeLine.exec(text) ?? [];
      if (method === undefined || path === undefined) return [];
      return [{ method: method.toUpperCase(), path, place: `${file}:${line}` }];
    });
}

function toReport(replies: readonly ToolReply[]): string {
  const routes = toRoutes(replies);
  const tests = toTestFiles(replies);
  if (routes.length === 0) {
    const read = toRouteFiles(replies).length;
    return [
      `No API routes found: ${read} files look like routes, none of them declares one.`,
      ...toEnd(replies),
    ].join("\n");
  }
  const testLines = readSourceLines(replies).filter(({ path }) => isTestCode(path));
  const covered = routes.map((route) => {
    const matcher = toCallMatcher(route);
    return { ...route, test: testLines.find(({ text }) => matcher.test(text)) };
  });
  const called = covered.filter(({ test }) => test !== undefined).length;
  return [
    `${called} of ${routes.length} API routes are called by a test (${tests.length} test files).`,
    ...covered.map(({ method, path, place, test }) => {
      const by = test === undefined ? `NOT TESTED (declared at ${place})` : `${test.path}:${test.line}`;
      return `  ${method.padEnd(6)} ${path.padEnd(16)} ${by}`;
    }),
    ...toEnd(replies),
  ].join("\n");
}

/** A line that calls the route: its method and its path, parameters filled in. */
function toCallMatcher({ method, path }: Route): RegExp {
  const escaped = path.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  const filled = escaped.replaceAll(/:\w+/g, String.raw`[^/"'\s]+`);
  return new RegExp(
    String.raw`(?:["'\x60]${method}["'\x60].*|\.${method.toLowerCase()}\()\s*["'\x60]${filled}["'\x60?]`,
  );
}

function toEnd(replies: readonly ToolReply[]): string[] {
  const failures = readFailures(replies).map((failure) => `Not done: ${failure}`);
  const run = replies.find(({ tool, isError }) => tool === "test_run" && !isError);
  if (run === undefined) return ["The tests were not run.", ...failures];
  return [toRunText(run.text), ...failures];
}

/** The counts that test_run read from the runner's output; else what it said of the run. */
function toRunText(text: string): string {
  const [, passed, failed] = /: (\d+) passed, (\d+) failed, \d+ skipped/.exec(text) ?? [];
  if (passed !== undefined && failed !== undefined) {
    return `The tests ran: ${passed} passed, ${failed} failed.`;
  }
  return `The tests ran, without counts: ${text.split("\n")[0] ?? ""}`;
}
