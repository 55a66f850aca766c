import { execFileSync } from "node:child_process";
import { appendFile, mkdir, open, readFile, symlink, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { callTool, createWorkspace, textOf } from "./tool-fixture.ts";

describe("read_file", () => {
  test("numbers lines as cat -n does", async () => {
    const { context, root } = await createWorkspace({ "a.txt": "eins\n\ndrei\n" });
    const text = await textOf(context, "read_file", { path: "a.txt" });
    expect(`${text}\n`).toBe(execFileSync("cat", ["-n", `${root}/a.txt`], { encoding: "utf8" }));
  });

  test("reads a part, and says how to read on", async () => {
    const lines = Array.from({ length: 50 }, (_, index) => `line ${index + 1}`).join("\n");
    const { context } = await createWorkspace({ "a.txt": `${lines}\n` });
    const text = await textOf(context, "read_file", { path: "a.txt", offset: 10, limit: 2 });
    expect(text).toBe("    10\tline 10\n    11\tline 11\n(more follows: read on with offset=12)");
    expect(await textOf(context, "read_file", { path: "a.txt", offset: 51 })).toContain("has only 50 lines");
  });

  test("a long file comes in bounded parts that together are the whole", async () => {
    const lines = Array.from({ length: 3_000 }, (_, index) => `${index + 1}: ${"x".repeat(index % 60)}`);
    const { context } = await createWorkspace({ "a.txt": `${lines.join("\n")}\n` });
    const seen: string[] = [];
    for (let offset = 1; offset > 0;) {
      const text = await textOf(context, "read_file", { path: "a.txt", offset });
      expect(text.length).toBeLessThan(32_000);
      seen.push(
        ...text
          .split("\n")
          .filter((line) => line.includes("\t"))
          .map((line) => line.slice(7)),
      );
      offset = Number(/offset=(\d+)/.exec(text)?.[1] ?? 0);
    }
    expect(seen).toEqual(lines);
  });

  test("tells CRLF, a missing last newline and an empty file", async () => {
    const { context } = await createWorkspace({ crlf: "a\r\nb\r\n", open: "a\nb", empty: "" });
    expect(await textOf(context, "read_file", { path: "crlf" })).toBe(
      "     1\ta\n     2\tb\n(lines end in CRLF)",
    );
    expect(await textOf(context, "read_file", { path: "open" })).toContain(
      "(no newline at the end of the file)",
    );
    expect(await textOf(context, "read_file", { path: "empty" })).toBe("(empty is empty)");
  });

  test("refuses what is no text, with the reason", async () => {
    const { context, root } = await createWorkspace({ "a.bin": "PNG\0\u0001" });
    await mkdir(`${root}/folder`);
    execFileSync("mkfifo", [`${root}/pipe`]);
    expect(await textOf(context, "read_file", { path: "a.bin" })).toContain("binary");
    expect(await textOf(context, "read_file", { path: "folder" })).toContain("not a regular file");
    expect(await textOf(context, "read_file", { path: "pipe" })).toContain("device, FIFO or socket");
    expect(await textOf(context, "read_file", { path: "none" })).toContain("does not exist");
    expect(await textOf(context, "read_file", { path: "a.bin/x" })).toContain("not a folder");
  });

  test("a huge line or file costs bounded memory", async () => {
    const { context, root } = await createWorkspace({ "a.txt": "start " });
    const handle = await open(`${root}/a.txt`, "a");
    for (let block = 0; block < 60; block += 1) await handle.write("y".repeat(1_000_000));
    await handle.write("\nend\n");
    await handle.close();
    const before = process.memoryUsage().rss;
    const text = await textOf(context, "read_file", { path: "a.txt" });
    expect(text.length).toBeLessThan(3_000);
    expect(text).toContain("line cut, 60000006 characters");
    expect(text).toContain("2\tend");
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
  });

  test("names with blanks and any script are read; a multi-byte character is never torn", async () => {
    const { context, root } = await createWorkspace({ "ein name/ファイル.txt": "x" });
    await writeFile(`${root}/ein name/ファイル.txt`, `${"a".repeat(65_535)}€\nnext`);
    const text = await textOf(context, "read_file", { path: "ein name/ファイル.txt", offset: 2 });
    expect(text).toContain("2\tnext");
    await writeFile(`${root}/b`, `${"\n".repeat(65_535)}€`);
    expect(await textOf(context, "read_file", { path: "b", offset: 65_536 })).toContain("€");
  });

  test("leaves the workspace neither by .. nor by a link", async () => {
    const { context, root } = await createWorkspace({ "work/a": "x", outside: "secret" }, { level: "auto" });
    const inner = { ...context, cwd: `${root}/work` };
    await symlink(`${root}/outside`, `${root}/work/link`);
    for (const path of ["../outside", "link", `${root}/outside`, "none/../../outside"]) {
      const text = await textOf(inner, "read_file", { path });
      expect(text).toContain("outside the workspace");
      expect(text).not.toContain("secret");
    }
  });

  test("the environment of a process is refused at full", async () => {
    const { context } = await createWorkspace();
    expect(await textOf(context, "read_file", { path: "/proc/self/environ" })).toContain("Not allowed");
    expect(await textOf(context, "read_file", { path: "protected/key" })).toContain("is protected");
  });
});

describe("write_file and edit_file", () => {
  test("write makes folders and replaces", async () => {
    const { context, root } = await createWorkspace();
    expect(await textOf(context, "write_file", { path: "a/b/c.txt", content: "ä" })).toBe(
      "Wrote a/b/c.txt (2 bytes).",
    );
    await textOf(context, "write_file", { path: "a/b/c.txt", content: "" });
    expect(await readFile(`${root}/a/b/c.txt`, "utf8")).toBe("");
  });

  test("write refuses protected names and folders", async () => {
    const { context, root } = await createWorkspace({ "folder/a": "x" });
    expect(await textOf(context, "write_file", { path: ".git/hooks/x", content: "" })).toContain(
      "protected from writing",
    );
    expect(await textOf(context, "write_file", { path: "folder", content: "" })).toContain(
      "not a regular file",
    );
    await symlink(`${root}/.git`, `${root}/innocent`);
    expect(await textOf(context, "write_file", { path: "innocent/config", content: "" })).toContain(
      "Not allowed",
    );
  });

  test("edit changes exactly the one place", async () => {
    const { context, root } = await createWorkspace({ "a.ts": "one\ntwo $& $1\nthree\n" });
    const text = await textOf(context, "edit_file", {
      path: "a.ts",
      old_text: "two $& $1",
      new_text: "$& $$ 2",
    });
    expect(text).toBe("Edited a.ts at line 2.");
    expect(await readFile(`${root}/a.ts`, "utf8")).toBe("one\n$& $$ 2\nthree\n");
  });

  test("edit says how many matches there are and where, and changes nothing", async () => {
    const { context, root } = await createWorkspace({ "a.ts": "x\ny\nx\n\nx" });
    const outcome = await callTool(context, "edit_file", { path: "a.ts", old_text: "x", new_text: "z" });
    expect(outcome).toMatchObject({
      isError: true,
      text: expect.stringContaining("3 times in a.ts, at lines 1, 3, 5"),
    });
    expect(await readFile(`${root}/a.ts`, "utf8")).toBe("x\ny\nx\n\nx");
  });

  test("edit points to the line that differs only in blanks", async () => {
    const { context } = await createWorkspace({ "a.ts": "a\n\tif (b) {\n\t}\n" });
    const text = await textOf(context, "edit_file", {
      path: "a.ts",
      old_text: "  if (b) {\n  }",
      new_text: "",
    });
    expect(text).toContain("Line 2 is alike");
    expect(await textOf(context, "edit_file", { path: "a.ts", old_text: "zzz", new_text: "" })).toContain(
      "does not occur",
    );
  });

  test("edit keeps CRLF and a byte order mark, and refuses what is not UTF-8", async () => {
    const { context, root } = await createWorkspace({ "a.txt": "\ufeffone\r\ntwo\r\nthree" });
    await textOf(context, "edit_file", { path: "a.txt", old_text: "one\ntwo", new_text: "1\n2" });
    expect(await readFile(`${root}/a.txt`, "utf8")).toBe("\ufeff1\r\n2\r\nthree");
    await appendFile(`${root}/a.txt`, Buffer.from([0xff]));
    expect(await textOf(context, "edit_file", { path: "a.txt", old_text: "1", new_text: "2" })).toContain(
      "not UTF-8",
    );
  });

  test("edit of nothing, or of a missing file, is said", async () => {
    const { context } = await createWorkspace({ a: "x" });
    expect(await textOf(context, "edit_file", { path: "a", old_text: "x", new_text: "x" })).toContain(
      "the same",
    );
    expect(await textOf(context, "edit_file", { path: "b", old_text: "x", new_text: "y" })).toContain(
      "does not exist",
    );
    expect(await textOf(context, "edit_file", { path: "a", old_text: "", new_text: "y" })).toContain(
      "old_text",
    );
  });
});

describe("list_dir", () => {
  test("folders first, then files with their sizes; links and odd names are told", async () => {
    const { context, root } = await createWorkspace({ "b.txt": "12", "z/x": "", "a\nb": "" });
    await symlink("b.txt", `${root}/link`);
    expect((await textOf(context, "list_dir", {})).split("\n")).toEqual([
      "z/",
      '"a\\nb" (0 bytes)',
      "b.txt (2 bytes)",
      "link (link)",
    ]);
    expect(await textOf(context, "list_dir", { path: "z/../z" })).toBe("x (0 bytes)");
    expect(await textOf(context, "list_dir", { path: "b.txt" })).toContain("not a folder");
  });

  test("a large folder is cut, and it says so", async () => {
    const files = Object.fromEntries(Array.from({ length: 520 }, (_, index) => [`f${index}`, ""]));
    const { context } = await createWorkspace(files);
    expect(await textOf(context, "list_dir", {})).toContain("(20 more of 520: narrow it down with glob)");
  });
});
