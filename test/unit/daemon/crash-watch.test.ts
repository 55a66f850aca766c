import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const source = fileURLToPath(new URL("../../../src/daemon/", import.meta.url));
let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "profclaw-crash-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** A process that is watched as a daemon is, and comes to this. */
function crash(code: string): { status: number | null; stderr: string } {
  const script = `import { watchForCrash } from ${JSON.stringify(join(source, "crash-watch.ts"))};
    import { openLog } from ${JSON.stringify(join(source, "log/open-log.ts"))};
    const { log, secrets } = openLog(process.env, "json", (line) => process.stderr.write(line));
    watchForCrash({ paths: { home: ${JSON.stringify(home)} }, log, secrets, exit: (code) => process.exit(code) }, () => []);
    ${code}`;
  return spawnSync(process.execPath, ["--input-type=module-typescript", "-e", script], {
    encoding: "utf8",
    env: { ...process.env, DEPLOY_TOKEN: "PLANTED-by-value" },
  });
}

const request =
  '{ requestBodyValues: { task: "PLANTED-in-a-field" }, headers: { authorization: "Bearer PLANTED" } }';

test.each([
  [
    "an exception",
    `setTimeout(() => { throw Object.assign(new Error("no: sk-ant-PLANTED1 PLANTED-by-value"), ${request}); }, 1);`,
  ],
  [
    "a rejection",
    `Promise.reject(Object.assign(new Error("no: sk-ant-PLANTED1 PLANTED-by-value"), ${request})); setInterval(() => {}, 9_000);`,
  ],
])(
  "%s that nobody catches ends the process with its stack on record and in the log, and no secret",
  (_, code) => {
    const { status, stderr } = crash(code);
    expect(status).toBe(1);
    expect(stderr).toContain("nobody caught: Error: no: [redacted] [redacted]");
    const record = readdirSync(home)
      .map((name) => readFileSync(join(home, name), "utf8"))
      .join("");
    expect(record).toContain("no: [redacted] [redacted]");
    expect(stderr + record).not.toContain("PLANTED");
  },
);
