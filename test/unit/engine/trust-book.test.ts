import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, realpath, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { beforeEach, expect, test } from "vitest";
import { type TrustBook, createTrustBook } from "../../../src/engine/trust-book.ts";

let root: string;
let app: string;
let file: string;
let book: TrustBook;

beforeEach(async () => {
  root = await realpath(await mkdtemp(`${tmpdir()}/trust-`));
  app = `${root}/app`;
  file = `${root}/trust.json`;
  await mkdir(`${app}/.claude/agents`, { recursive: true });
  await writeFile(`${app}/profclaw.yaml`, "policy: {}\n");
  book = createTrustBook(file, { now: () => 1 });
});

const stateNow = async () => (await book.inspect(app)).state;

async function trustNow(): Promise<void> {
  const { content } = await book.inspect(app);
  expect(await book.trust(app, content)).toBe(true);
}

test("a folder is trusted with what it holds, and that outlasts a restart; the file is private", async () => {
  expect(await stateNow()).toBe("untrusted");
  await trustNow();
  expect(await stateNow()).toBe("trusted");
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  book = createTrustBook(file, { now: () => 2 });
  expect(await book.inspect(app)).toMatchObject({ state: "trusted", trustedAt: 1, changed: [] });
  expect(await book.remove(app)).toBe(true);
  expect(await book.remove(app)).toBe(false);
  expect(await stateNow()).toBe("untrusted");
});

test.each([
  ["another text", () => writeFile(`${app}/profclaw.yaml`, "policy: { allow: [Bash] }\n"), "profclaw.yaml"],
  ["a new agent", () => writeFile(`${app}/.claude/agents/a.md`, "x"), ".claude/agents/a.md"],
  ["a server", () => writeFile(`${app}/.mcp.json`, "{}"), ".mcp.json"],
  ["a missing file", () => rm(`${app}/profclaw.yaml`), "profclaw.yaml"],
])("trust ends by %s, and says which file", async (_what, change, path) => {
  await trustNow();
  await change();
  expect(await book.inspect(app)).toMatchObject({ state: "changed", changed: [path] });
});

test("other files do not end it, and content that was put back is trusted again", async () => {
  await trustNow();
  await writeFile(`${app}/README.md`, "x");
  await writeFile(`${app}/.claude/agents/notes.txt`, "x");
  expect(await stateNow()).toBe("trusted");
  await writeFile(`${app}/.mcp.json`, "{}");
  await rm(`${app}/.mcp.json`);
  expect(await stateNow()).toBe("trusted");
});

test("bytes that were read before the folder was put right are not trusted", async () => {
  await trustNow();
  const { files } = await book.inspect(app);
  const sha256 = files[0]?.sha256 ?? "";
  expect(await book.stateOf(app, { path: "profclaw.yaml", sha256 })).toBe("trusted");
  expect(await book.stateOf(app, { path: "profclaw.yaml", sha256: "other" })).toBe("changed");
  expect(await book.stateOf(`${root}/elsewhere`, { path: "profclaw.yaml", sha256 })).toBe("untrusted");
});

test("a yes for content that has changed since is none", async () => {
  const { content } = await book.inspect(app);
  await writeFile(`${app}/.mcp.json`, "{}");
  expect(await book.trust(app, content)).toBe(false);
  expect(await stateNow()).toBe("untrusted");
});

test("many at once are all kept", async () => {
  const folders = Array.from({ length: 8 }, (_, index) => `${root}/f${index}`);
  await Promise.all(folders.map((folder) => mkdir(folder)));
  const { content } = await book.inspect(`${root}/f0`);
  await Promise.all(folders.map((folder) => book.trust(folder, content)));
  expect(await createTrustBook(file, { now: () => 1 }).list()).toHaveLength(8);
});

test("a damaged book trusts nobody; a FIFO or a huge file is refused at once", async () => {
  await trustNow();
  await writeFile(file, "{ broken");
  book = createTrustBook(file, { now: () => 1 });
  expect(await stateNow()).toBe("untrusted");
  execFileSync("mkfifo", [`${app}/.mcp.json`]);
  await expect(book.inspect(app)).rejects.toThrow("is not a regular file");
  await rm(`${app}/.mcp.json`);
  await writeFile(`${app}/.mcp.json`, "x".repeat(1024 * 1024 + 1));
  await expect(book.inspect(app)).rejects.toThrow("more than 1048576 bytes");
});
