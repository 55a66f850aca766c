import { execFileSync } from "node:child_process";
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { beforeEach, describe, expect, test } from "vitest";
import { hashFile, hashText, missingFileHash } from "../../../src/sandbox/hash-file.ts";
import { openForReading, writeWholeFile } from "../../../src/sandbox/open-safe.ts";
import { resolvePath } from "../../../src/sandbox/resolve-path.ts";

let root = "";

beforeEach(async () => {
  root = await realpath(await mkdtemp(`${tmpdir()}/open-`));
  await mkdir(`${root}/outside`);
  await writeFile(`${root}/outside/secret`, "secret");
  await mkdir(`${root}/work/sub`, { recursive: true });
  await writeFile(`${root}/work/sub/a.txt`, "mine");
});

async function readAll(path: string): Promise<string> {
  await using handle = await openForReading(path);
  return await handle.readFile("utf8");
}

describe("looking a path up", () => {
  test("follows links, and takes .. after a link as the kernel does", async () => {
    await symlink(`${root}/outside`, `${root}/work/link`);
    expect(await resolvePath(`${root}/work/link/secret`)).toEqual({
      real: `${root}/outside/secret`,
      kind: "file",
    });
    expect(await resolvePath(`${root}/work/link/../outside`)).toEqual({
      real: `${root}/outside`,
      kind: "folder",
    });
  });

  test("what is missing keeps its real parent, and can not climb out unseen", async () => {
    await symlink(`${root}/outside`, `${root}/work/link`);
    expect(await resolvePath(`${root}/work/link/new/file`)).toEqual({
      real: `${root}/outside/new/file`,
      kind: "missing",
    });
    expect(await resolvePath(`${root}/work/none/../../outside/secret`)).toMatchObject({
      real: `${root}/outside/secret`,
    });
    expect(await resolvePath(`${root}/work/sub/a.txt/below`)).toMatchObject({ kind: "missing" });
    expect(await resolvePath(`/${"x".repeat(5_000)}`)).toMatchObject({ kind: "missing" });
  });

  test("a link to what does not exist leads there, because writing to it would", async () => {
    await symlink("../outside/new", `${root}/work/dangling`);
    await symlink(`${root}/work/dangling`, `${root}/work/twice`);
    expect(await resolvePath(`${root}/work/dangling`)).toEqual({
      real: `${root}/outside/new`,
      kind: "missing",
    });
    expect(await resolvePath(`${root}/work/twice/x`)).toEqual({
      real: `${root}/outside/new/x`,
      kind: "missing",
    });
  });

  test("a link to itself is nothing that could be opened", async () => {
    await symlink("loop", `${root}/work/loop`);
    expect((await resolvePath(`${root}/work/loop`)).kind).toBe("special");
  });

  test("devices, FIFOs and the process's own folder are told apart", async () => {
    execFileSync("mkfifo", [`${root}/work/pipe`]);
    expect((await resolvePath(`${root}/work/pipe`)).kind).toBe("special");
    expect((await resolvePath("/dev/null")).kind).toBe("special");
    expect((await resolvePath("/proc/self/environ")).real).toMatch(/^\/proc\/\d+\/environ$/);
  });
});

describe("opening for reading", () => {
  test("reads names with blanks, line ends and any script", async () => {
    for (const name of ["a b", "zeile\nzwei", "naïve ファイル", "-rf", "*"]) {
      await writeFile(`${root}/work/${name}`, name);
      expect(await readAll(`${root}/work/${name}`)).toBe(name);
    }
  });

  test("refuses a link put in the file's place after the decision", async () => {
    await rename(`${root}/work/sub/a.txt`, `${root}/work/sub/b.txt`);
    await symlink(`${root}/outside/secret`, `${root}/work/sub/a.txt`);
    await expect(openForReading(`${root}/work/sub/a.txt`)).rejects.toMatchObject({ code: "ELOOP" });
  });

  test("refuses a folder on the way that became a link after the decision", async () => {
    await writeFile(`${root}/outside/a.txt`, "secret");
    await rename(`${root}/work/sub`, `${root}/work/old`);
    await symlink(`${root}/outside`, `${root}/work/sub`);
    await expect(openForReading(`${root}/work/sub/a.txt`)).rejects.toMatchObject({ code: "policy-denied" });
  });

  test("is not held by a FIFO, nor does it open folders or devices", async () => {
    execFileSync("mkfifo", [`${root}/work/pipe`]);
    await expect(openForReading(`${root}/work/pipe`)).rejects.toThrow("not a regular file");
    await expect(openForReading(`${root}/work/sub`)).rejects.toThrow("not a regular file");
    await expect(openForReading("/dev/zero")).rejects.toThrow("not a regular file");
  });
});

describe("writing a whole file", () => {
  test("makes missing folders and leaves no temporary file", async () => {
    await writeWholeFile(`${root}/work/x/y/new.txt`, "neu\r\n€");
    expect(await readFile(`${root}/work/x/y/new.txt`, "utf8")).toBe("neu\r\n€");
    expect(await readdir(`${root}/work/x/y`)).toEqual(["new.txt"]);
  });

  test("keeps the mode of what it replaces", async () => {
    await chmod(`${root}/work/sub/a.txt`, 0o751);
    await writeWholeFile(`${root}/work/sub/a.txt`, "new");
    expect((await stat(`${root}/work/sub/a.txt`)).mode & 0o7777).toBe(0o751);
  });

  test("never writes through a link, neither the file nor a folder on the way", async () => {
    await symlink(`${root}/outside/secret`, `${root}/work/link`);
    await expect(writeWholeFile(`${root}/work/link`, "x")).rejects.toThrow("not a regular file");
    await rename(`${root}/work/sub`, `${root}/work/old`);
    await symlink(`${root}/outside`, `${root}/work/sub`);
    await expect(writeWholeFile(`${root}/work/sub/secret`, "x")).rejects.toThrow();
    await expect(writeWholeFile(`${root}/work/sub/new/deep`, "x")).rejects.toThrow();
    expect(await readFile(`${root}/outside/secret`, "utf8")).toBe("secret");
    expect(await readdir(`${root}/outside`)).toEqual(["secret"]);
  });

  test("refuses to replace a folder or FIFO, and cleans up", async () => {
    await expect(writeWholeFile(`${root}/work/sub`, "x")).rejects.toThrow("not a regular file");
    await expect(writeWholeFile(`${root}/work/sub/a.txt/below`, "x")).rejects.toMatchObject({
      code: "ENOTDIR",
    });
    expect((await readdir(`${root}/work`)).toSorted()).toEqual(["sub"]);
  });

  test("while it races with a folder that is swapped for a link, nothing outside changes", async () => {
    const flip = `${root}/work/flip`;
    const over = new AbortController();
    const swap = async () => {
      while (!over.signal.aborted) {
        await rm(flip, { recursive: true, force: true }).catch(() => undefined);
        await symlink(`${root}/outside`, flip).catch(() => undefined);
        await rm(flip, { force: true }).catch(() => undefined);
        await mkdir(flip).catch(() => undefined);
      }
    };
    const swapping = swap();
    for (let round = 0; round < 300; round += 1) {
      await writeWholeFile(`${flip}/secret`, "overwritten").catch(() => undefined);
    }
    over.abort();
    await swapping;
    expect(await readFile(`${root}/outside/secret`, "utf8")).toBe("secret");
    expect(await readdir(`${root}/outside`)).toEqual(["secret"]);
  });
});

test("hashes tell a file's bytes, and its absence", async () => {
  expect(await hashFile(`${root}/work/sub/a.txt`)).toBe(hashText("mine"));
  expect(await hashFile(`${root}/work/none`)).toBe(missingFileHash);
  await expect(hashFile(`${root}/work`)).rejects.toThrow("not a regular file");
});
