import { readFile, rm, symlink, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { createToolRegistry, toToolDeclaration } from "../../../src/tools/registry.ts";
import { openToolCall, recoverToolCall } from "../../../src/tools/run-tool.ts";
import { defineTool } from "../../../src/tools/tool.ts";
import { callTool, createWorkspace, registry, textOf, toRun } from "./tool-fixture.ts";
import { noRules } from "../../../src/policy/rule.ts";

describe("the registry", () => {
  test("has the tools of the documents under their names", () => {
    expect(registry.list().map((tool) => tool.name)).toEqual([
      "read_file",
      "list_dir",
      "glob",
      "grep",
      "write_file",
      "edit_file",
      "bash",
      "test_run",
      "fetch_url",
      "todo",
      "sessions_spawn",
      "sessions_send",
      "session_status",
      "search_via_parent",
      "distill",
      "vote_distill",
      "consolidate",
      "wait",
      "inbox",
      "whisper",
      "broadcast",
      "ask",
      "respond",
      "peers",
    ]);
  });

  test("refuses an unknown name and says the nearest", () => {
    expect(() => registry.get("readfile")).toThrow("Did you mean read_file?");
    expect(() => registry.get("constructor")).toThrow("No tool is called");
    expect(registry.find("toString")).toBeUndefined();
  });

  test("three tools stay far below 4 KB on the wire, without noise in their schemas", () => {
    const wire = JSON.stringify(
      ["read_file", "grep", "glob"].map((name) => toToolDeclaration(registry.get(name))),
    );
    expect(wire.length).toBeLessThan(1_600);
    expect(wire).not.toMatch(/\$schema|additionalProperties|9007199254740991/);
    const all = JSON.stringify(registry.list().map(toToolDeclaration));
    expect(all.length).toBeLessThan(9_600);
  });

  test("every schema is an object that names what is required", () => {
    expect(toToolDeclaration(registry.get("grep")).inputSchema).toMatchObject({
      type: "object",
      properties: { pattern: { type: "string" }, path: { type: "string" }, glob: { type: "string" } },
      required: ["pattern"],
    });
  });
});

describe("the gate", () => {
  test("a tool that the session does not list is not runnable, and the answer says which are", async () => {
    const { context } = await createWorkspace({ "a.txt": "x" }, { tools: ["grep", "glob"] });
    const outcome = await callTool(context, "read_file", { path: "a.txt" });
    expect(outcome).toMatchObject({
      isError: true,
      text: expect.stringContaining("these tools: grep, glob"),
    });
    expect(await textOf({ ...context, tools: [] }, "bash", { command: "ls" })).toContain("It has no tools");
    expect(await textOf({ ...context, tools: ["nope"] }, "nope", {})).toContain('no tool called "nope"');
  });

  test.each([
    [{}, "path"],
    [{ path: 7 }, "path: Invalid input: expected string, received number (was 7)"],
    [{ path: "a.txt", offset: 0 }, "offset"],
    ["a.txt", "the input"],
    [null, "the input"],
  ])("input %j is refused by the field that is wrong", async (input, field) => {
    const { context } = await createWorkspace();
    const outcome = await callTool(context, "read_file", input);
    expect(outcome).toMatchObject({ isError: true, text: expect.stringContaining(field) });
  });

  test("a denied call does nothing and says why", async () => {
    const { context, root } = await createWorkspace({}, { level: "deny" });
    expect(await textOf(context, "write_file", { path: "a.txt", content: "x" })).toMatch(
      /^Not allowed: Writing/,
    );
    await expect(readFile(`${root}/a.txt`)).rejects.toThrow("ENOENT");
  });

  test("what needs approval asks for it, with its bytes, and nothing is done", async () => {
    const { context, root } = await createWorkspace({}, { level: "auto" });
    const opened = await openToolCall(toRun(context, "bash", { command: "touch made" }));
    expect(opened).toEqual({
      kind: "asks",
      asking: {
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        reason: expect.stringContaining("needs approval"),
        text: "bash\ncommand: touch made",
        realPath: "",
        rules: [{ kind: "command", argv: ["touch", "made"] }],
      },
    });
    await expect(readFile(`${root}/made`)).rejects.toThrow("ENOENT");
  });

  test("a yes opens the gate for exactly those bytes, and a no closes it with what was said", async () => {
    const { context } = await createWorkspace({}, { level: "auto" });
    const run = toRun(context, "bash", { command: "touch made; ls" });
    const asked = await openToolCall(run);
    if (asked.kind !== "asks") throw new Error(asked.kind);
    const { sha256 } = asked.asking;
    const yes = { verdict: "allow" as const, by: "person", text: null };
    const changed = await openToolCall({
      ...run,
      answered: { ask: { sha256: "0".repeat(64) }, answer: yes },
    });
    expect(changed).toMatchObject({
      kind: "asks",
      asking: { reason: expect.stringContaining("has changed") },
    });
    const no = { verdict: "deny" as const, by: "person", text: "use make instead" };
    const refused = await openToolCall({ ...run, answered: { ask: { sha256 }, answer: no } });
    expect(refused).toMatchObject({
      kind: "refused",
      outcome: { text: expect.stringContaining("use make instead") },
    });
    const opened = await openToolCall({ ...run, answered: { ask: { sha256 }, answer: yes } });
    expect(opened.kind === "ready" && (await opened.run())).toMatchObject({ text: "made" });
  });

  test("a yes does not outlive a stricter policy", async () => {
    const { context } = await createWorkspace({}, { level: "auto" });
    const run = toRun(context, "bash", { command: "touch made" });
    const asked = await openToolCall(run);
    if (asked.kind !== "asks") throw new Error(asked.kind);
    const answer = { verdict: "allow" as const, by: "person", text: null };
    const grants = { ...context.grants, bash: "no" as const };
    const opened = await openToolCall({
      ...run,
      context: { ...context, grants },
      answered: { ask: asked.asking, answer },
    });
    expect(opened).toMatchObject({
      kind: "refused",
      outcome: { text: expect.stringMatching(/^Not allowed/) },
    });
  });

  test("a link that leads elsewhere since the yes is asked about again", async () => {
    const { context, root } = await createWorkspace({ "a.txt": "a", "b.txt": "b" }, { level: "ask" });
    await symlink(`${root}/a.txt`, `${root}/link`);
    const run = toRun(context, "write_file", { path: "link", content: "x" });
    const asked = await openToolCall(run);
    if (asked.kind !== "asks") throw new Error(asked.kind);
    expect(asked.asking.text).toContain(`real path: ${root}/a.txt`);
    await rm(`${root}/link`);
    await symlink(`${root}/b.txt`, `${root}/link`);
    const answer = { verdict: "allow" as const, by: "person", text: null };
    const again = await openToolCall({ ...run, answered: { ask: asked.asking, answer } });
    expect(again).toMatchObject({ kind: "asks", asking: { realPath: `${root}/b.txt` } });
  });

  test("a standing yes is for one argv alone: not longer, not in a pipe, not with a redirect", async () => {
    const { context } = await createWorkspace({}, { level: "auto" });
    const standing = [{ kind: "command" as const, argv: ["npm", "test"] }];
    const kindOf = async (command: string, level = context.grants): Promise<string> => {
      const run = toRun({ ...context, grants: level }, "bash", { command });
      return (await openToolCall({ ...run, rules: { homes: ["/h"], written: noRules, hosts: [], standing } }))
        .kind;
    };
    expect(await kindOf("npm test")).toBe("ready");
    expect(await kindOf("npm  'test'")).toBe("ready");
    for (const other of [
      "npm test x",
      "npm",
      "echo | npm test",
      "npm test > a",
      "cd b; npm test",
      "A=1 npm test",
    ])
      expect(await kindOf(other), other).toBe("asks");
    expect(await kindOf("npm test", { ...context.grants, bash: "no" })).toBe("refused");
  });

  test("only effects want an intent, and nothing happens before run", async () => {
    const { context, root } = await createWorkspace({ "a.txt": "x" });
    const read = await openToolCall(toRun(context, "read_file", { path: "a.txt" }));
    expect(read).toMatchObject({ kind: "ready", needsIntent: false, prepared: null });
    const write = await openToolCall(toRun(context, "write_file", { path: "b.txt", content: "y" }));
    expect(write).toMatchObject({ kind: "ready", needsIntent: true, prepared: { before: "missing" } });
    await expect(readFile(`${root}/b.txt`)).rejects.toThrow("ENOENT");
    const spawn = await openToolCall(toRun(context, "sessions_spawn", { sessions: [{ task: "t" }] }));
    expect(spawn).toMatchObject({ kind: "ready", needsIntent: true });
  });

  test("a bug in a tool is an error result, an abort rejects with its reason", async () => {
    const controller = new AbortController();
    const broken = defineTool({
      name: "broken",
      description: "",
      input: z.object({ abort: z.boolean() }),
      effect: "pure",
      column: "reads",
      toAction: () => ({ kind: "sessions" }),
      async run({ abort }) {
        if (abort) controller.abort("cancelled");
        throw new Error("oh no");
      },
    });
    const { context } = await createWorkspace({}, { tools: ["broken"], signal: controller.signal });
    const tools = createToolRegistry([broken]);
    const open = (abort: boolean) =>
      openToolCall({ ...toRun(context, "broken", { abort }), registry: tools });
    const first = await open(false);
    expect(first.kind === "ready" && (await first.run())).toMatchObject({
      isError: true,
      text: expect.stringContaining("oh no"),
    });
    const second = await open(true);
    if (second.kind !== "ready") throw new Error("refused");
    await expect(second.run()).rejects.toBe("cancelled");
    await expect(open(false)).rejects.toBe("cancelled");
  });

  test("a link swapped in between decision and run is not followed", async () => {
    const { context, root } = await createWorkspace({ "a.txt": "mine", "protected/key": "secret" });
    const opened = await openToolCall(toRun(context, "read_file", { path: "a.txt" }));
    await rm(`${root}/a.txt`);
    await symlink(`${root}/protected/key`, `${root}/a.txt`);
    if (opened.kind !== "ready") throw new Error("refused");
    expect(await opened.run()).toMatchObject({ isError: true, text: expect.not.stringContaining("secret") });
  });
});

describe("after a crash", () => {
  test("a pure tool is run again, a keyed one with the same key", async () => {
    const { context, engine } = await createWorkspace({ "a.txt": "x" });
    const read = await recoverToolCall(toRun(context, "read_file", { path: "a.txt" }), null);
    expect(read).toMatchObject({ isError: false });
    const spawn = await recoverToolCall(
      toRun(context, "sessions_spawn", { sessions: [{ task: "t" }] }),
      null,
    );
    expect(spawn).toEqual({ kind: "pending", sessionIds: ["child-1"] });
    expect(engine.spawned).toEqual([{ key: "call-1", children: [{ task: "t" }] }]);
  });

  test("a command is never run again: it may have happened", async () => {
    const { context, root } = await createWorkspace();
    const outcome = await recoverToolCall(toRun(context, "bash", { command: "touch again" }), null);
    expect(outcome).toMatchObject({ isError: true, text: expect.stringContaining("interrupted") });
    await expect(readFile(`${root}/again`)).rejects.toThrow("ENOENT");
    expect(await recoverToolCall(toRun(context, "test_run", {}), null)).toMatchObject({ isError: true });
  });

  test.each([
    ["write_file", { path: "a.txt", content: "new" }],
    ["edit_file", { path: "a.txt", old_text: "old", new_text: "new" }],
  ])("%s compares hashes: done, not done, or somebody else's", async (tool, input) => {
    const { context, root } = await createWorkspace({ "a.txt": "old" });
    const run = toRun(context, tool, input);
    const opened = await openToolCall(run);
    if (opened.kind !== "ready") throw new Error("refused");
    expect(await recoverToolCall(run, opened.prepared)).toMatchObject({ isError: false });
    expect(await readFile(`${root}/a.txt`, "utf8")).toBe("new");
    const again = await recoverToolCall(run, opened.prepared);
    expect(again).toMatchObject({ isError: false, text: expect.stringContaining("done before a restart") });
    await writeFile(`${root}/a.txt`, "theirs");
    const other = await recoverToolCall(run, opened.prepared);
    expect(other).toMatchObject({ isError: true, text: expect.stringContaining("may have happened") });
    expect(await readFile(`${root}/a.txt`, "utf8")).toBe("theirs");
  });

  test("a right that is gone since is not used again", async () => {
    const { context } = await createWorkspace({ "a.txt": "old" }, { level: "deny" });
    const run = toRun(context, "write_file", { path: "a.txt", content: "new" });
    expect(await recoverToolCall(run, { before: "x", after: "y" })).toMatchObject({
      text: expect.stringContaining("Not allowed"),
    });
  });
});
