import { mkdir, readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { callTool, createWorkspace, textOf, writeFiles } from "./tool-fixture.ts";

describe("bash", () => {
  test("runs in the workspace; a failure tells its exit code", async () => {
    const { context, root } = await createWorkspace({ a: "" });
    expect(await textOf(context, "bash", { command: "pwd; ls" })).toBe(`${root}\na`);
    expect(await textOf(context, "bash", { command: "true" })).toBe("(no output)");
    const outcome = await callTool(context, "bash", { command: "echo bad >&2; exit 4" });
    expect(outcome).toEqual({ kind: "result", text: "bad\n(exit code 4)", isError: true });
  });

  test("a timeout is told with what to do", async () => {
    const { context } = await createWorkspace();
    const text = await textOf(context, "bash", { command: "echo begun; sleep 60", timeout_ms: 200 });
    expect(text).toContain("begun\n(stopped after 200 ms");
  });

  test("long output: start and end for the model, the whole as an artifact", async () => {
    const { context, engine } = await createWorkspace();
    const text = await textOf(context, "bash", { command: "seq 20000" });
    expect(text.length).toBeLessThan(17_000);
    expect(text).toMatch(/^1\n2\n/);
    expect(text).toMatch(/20000$/);
    expect(text).toContain("kept as artifact artifact-1");
    expect(engine.artifacts[0]?.split("\n")).toHaveLength(20_001);
  });

  test("an abort rejects with its reason", async () => {
    const controller = new AbortController();
    const { context } = await createWorkspace({}, { signal: controller.signal });
    setTimeout(() => controller.abort("cancelled"), 200);
    await expect(callTool(context, "bash", { command: "sleep 60" })).rejects.toBe("cancelled");
  });

  test("at allowlist only what reads runs, and no program of the workspace under a known name", async () => {
    const { context, root } = await createWorkspace({}, { level: "allowlist" });
    await mkdir(`${root}/bin`);
    await writeFiles(root, { "bin/ls": "#!/bin/sh\ntouch planted\n" });
    await callTool({ ...context, grants: { ...context.grants, bash: "yes" } }, "bash", {
      command: "chmod +x bin/ls",
    });
    const path = `bin:${root}/bin:.:/usr/bin:/bin`;
    expect(await textOf({ ...context, path }, "bash", { command: "ls" })).toBe("bin");
    expect(await textOf(context, "bash", { command: "rm -rf bin" })).toContain("Not allowed");
    expect(await textOf(context, "bash", { command: "cat /etc/passwd" })).toContain(
      "not wholly inside the workspace",
    );
    await expect(readFile(`${root}/planted`)).rejects.toThrow("ENOENT");
  });

  test("git that only reads runs nothing that a repository's settings name", async () => {
    const { context, root } = await createWorkspace({}, { level: "allowlist" });
    const free = { ...context, grants: { ...context.grants, bash: "yes" as const } };
    await textOf(free, "bash", {
      command: "git init -q . && git config core.fsmonitor 'touch monitored; false'",
    });
    expect(await textOf(context, "bash", { command: "git status --short" })).toBe("(no output)");
    expect(await textOf(context, "bash", { command: "ls" })).toBe("(no output)");
    // Files with the names of a bare repository, as write_file could make them.
    await writeFiles(root, {
      "bare/HEAD": "ref: refs/heads/main\n",
      "bare/config": "[core]\n\tbare = false\n\tworktree = ..\n",
      "bare/objects/x": "",
      "bare/refs/x": "",
    });
    expect(await textOf(context, "bash", { command: "cd bare && git status" })).toContain("bare repository");
  });

  test("a redirect through a link to what does not exist yet is judged by where it leads", async () => {
    const { context, root } = await createWorkspace({ "work/a": "" }, { level: "auto" });
    const inner = { ...context, cwd: `${root}/work` };
    const free = { ...inner, grants: { ...inner.grants, bash: "yes" as const } };
    await textOf(free, "bash", { command: "ln -s ../outside link; ln -s .envrc innocent" });
    expect(await textOf(inner, "bash", { command: "echo x > link" })).toContain("outside the workspace");
    expect(await textOf(inner, "bash", { command: "echo x > innocent" })).toContain("protected from writing");
    expect(await textOf(inner, "bash", { command: "echo x > plain; cat plain" })).toBe("x");
  });

  test("a NUL is refused in words", async () => {
    const { context } = await createWorkspace();
    expect(await textOf(context, "bash", { command: "echo \0" })).toContain("NUL");
  });
});
