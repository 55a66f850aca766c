import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { beforeEach, expect, test } from "vitest";
import { type RuleSource, createRuleSource } from "../../../src/engine/rule-source.ts";

let root: string;
let trusted: Set<string>;
let source: RuleSource;

beforeEach(async () => {
  root = await realpath(await mkdtemp(`${tmpdir()}/rules-`));
  trusted = new Set();
  await mkdir(`${root}/app/sub`, { recursive: true });
  source = createRuleSource({
    userFile: `${root}/config.yaml`,
    toolNames: ["bash", "fetch_url"],
    trust: { stateOf: async (folder) => (trusted.has(folder) ? "trusted" : "untrusted") },
  });
});

const texts = async (folder = `${root}/app`) => {
  const { rules, hosts } = await source.of(folder);
  const [deny, ask, allow] = [rules.deny, rules.ask, rules.allow].map((list) => list.map(({ text }) => text));
  return { deny, ask, allow, hosts };
};

const faultOf = async (yaml: string) => {
  await writeFile(`${root}/config.yaml`, yaml);
  return source.of(`${root}/app`).then(
    () => "it was taken",
    (error: Error) => error.message.replace(root, ""),
  );
};

test("without files there are no rules, and a rule counts from the moment it is written", async () => {
  expect(await texts()).toEqual({ deny: [], ask: [], allow: [], hosts: [] });
  await writeFile(`${root}/config.yaml`, 'policy:\n  deny: ["Bash(rm:*)"]\n  hosts: [Docs.Example.com]\n');
  expect(await texts()).toMatchObject({ deny: ["Bash(rm:*)"], hosts: ["docs.example.com"] });
  await writeFile(`${root}/config.yaml`, 'policy:\n  deny: ["Bash(mv:*)"]\n');
  expect(await texts()).toMatchObject({ deny: ["Bash(mv:*)"], hosts: [] });
  await rm(`${root}/config.yaml`);
  expect(await texts()).toMatchObject({ deny: [] });
});

test("a project's file may only narrow until its folder is trusted", async () => {
  await writeFile(
    `${root}/app/profclaw.yaml`,
    "policy:\n  deny:\n    - Bash(rm:*)\n  ask: [Bash(git push)]\n  allow: [Bash(make)]\n  hosts: [evil.com]\n",
  );
  expect(await texts()).toEqual({ deny: ["Bash(rm:*)"], ask: ["Bash(git push)"], allow: [], hosts: [] });
  trusted.add(`${root}/app`);
  expect(await texts()).toMatchObject({ allow: ["Bash(make)"], hosts: ["evil.com"] });
});

test("what an outer folder forbids binds the folders in it", async () => {
  await writeFile(`${root}/app/profclaw.yaml`, "policy: { deny: [Bash(rm:*)] }\n");
  await writeFile(`${root}/app/sub/profclaw.yaml`, "policy: { ask: [Bash(mv:*)] }\n");
  expect(await texts(`${root}/app/sub`)).toMatchObject({ deny: ["Bash(rm:*)"], ask: ["Bash(mv:*)"] });
  const { rules, files } = await source.of(`${root}/app/sub`);
  expect(rules.deny[0]?.source).toBe(`${root}/app/profclaw.yaml:1:18`);
  expect(files.map(({ file }) => file.replace(root, ""))).toEqual([
    "/app/sub/profclaw.yaml",
    "/app/profclaw.yaml",
  ]);
});

test.each([
  ["policy:\n  deny:\n    - Bash(rm\n", "/config.yaml:3:14: the rule Bash(rm: the parenthesis does not end."],
  [
    "policy:\n  deny:\n    - 'Edit(a/[x])'\n",
    '/config.yaml:3:15: the rule Edit(a/[x]): "[" is not understood',
  ],
  ["policy:\n  dney: []\n", '/config.yaml:2:3: there is no key "dney" in policy. Did you mean deny?'],
  [
    "policy:\n  deny: Bash(rm)\n",
    '/config.yaml:2:9: policy.deny is "Bash(rm)"; it must be a list; begin each line with -',
  ],
  [
    "policy:\n  deny:\n    - Bash(rm): x\n",
    "/config.yaml:3:7: policy.deny.0 must be one text; put it in quotes",
  ],
  ["policy:\n  hosts: [https://a.com]\n", '/config.yaml:2:11: "https://a.com" is not a host alone'],
  ["policy: 3\n", "/config.yaml:1:9: policy is 3; it must be names with values"],
  ["policy: [\n", "/config.yaml:2:1: this is not YAML"],
  ["- a\n", "/config.yaml:1:1: the file must be names with values"],
  [`a: &a [x]\nb: [${"*a,".repeat(101)}]\n`, "/config.yaml:1:1: it repeats itself by more than 50 aliases"],
])("%j is refused with file, line and column", async (yaml, message) => {
  expect(await faultOf(yaml)).toContain(message);
});

test("what is wrong elsewhere in the person's file changes nothing about its rules", async () => {
  await writeFile(`${root}/config.yaml`, 'pool: { mode: huge }\npolicy:\n  deny: ["Bash(rm:*)"]\n');
  expect(await texts()).toMatchObject({ deny: ["Bash(rm:*)"] });
});

test("a project's file that says what is not a project's to say is refused, and so is a link", async () => {
  const file = `${root}/app/profclaw.yaml`;
  await writeFile(file, "policy:\n  deny: [Bash]\nwebhooks: []\n");
  await expect(source.of(`${root}/app`)).rejects.toThrow(
    /profclaw\.yaml:3:1: webhooks may stand in your own/,
  );
  await rm(file);
  await writeFile(`${root}/secret`, "password: hunter2\n");
  await symlink(`${root}/secret`, file);
  await expect(source.of(`${root}/app`)).rejects.toThrow(/it is a symbolic link/);
  await expect(source.of(`${root}/app`)).rejects.not.toThrow(/hunter2/);
});

test("a file that is none, or is huge, is refused; an empty one says nothing", async () => {
  expect(await faultOf("")).toBe("it was taken");
  expect(await faultOf("policy:\n")).toBe("it was taken");
  expect(await faultOf("policy:\n  deny:\n")).toBe("it was taken");
  expect(await faultOf("#".repeat(1024 * 1024 + 1))).toContain("more than 1048576 bytes");
  await rm(`${root}/config.yaml`);
  await mkdir(`${root}/config.yaml`);
  await expect(source.of(root)).rejects.toMatchObject({ code: "config-invalid" });
});
