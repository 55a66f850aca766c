import { readFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer as createPlainServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TlsOptions, createServer, rootCertificates } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { type ThriftParts, createCodexThrift } from "../../../src/runners/external/codex/codex-thrift.ts";
import type { CodexPlace } from "../../../src/runners/external/codex/codex-place.ts";
import { findSystemRoots } from "../../../src/runners/external/codex/find-root.ts";
import { speaksStrictTls } from "../../../src/runners/external/codex/strict-tls.ts";
import { makeCertificate } from "../../support/certificates.ts";

const root = makeCertificate({ name: "a company's root" });
const good = makeCertificate({ name: "localhost", host: "localhost", by: root });
const bad = makeCertificate({ name: "localhost", by: root });
const other = makeCertificate({ name: "localhost", host: "other.example", by: root });
const itself = makeCertificate({ name: "localhost", host: "localhost" });
const isLinux = process.platform === "linux";

function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "profclaw-thrift-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** Answers its address, and how often it was called. */
async function serve(options: TlsOptions): Promise<{ url: string; calls: () => number }> {
  let calls = 0;
  const server = createServer(options).on("connection", () => void (calls += 1));
  server.on("tlsClientError", () => undefined);
  const port = await listen(server);
  return { url: `https://localhost:${port}/v1`, calls: () => calls };
}

test.each<{ what: string; options: TlsOptions; answer: boolean }>([
  { what: "of today", options: good, answer: true },
  { what: "of TLS 1.2 with today's ciphers", options: { ...good, maxVersion: "TLSv1.2" }, answer: true },
  { what: "whose name stands in its common name only", options: bad, answer: false },
  { what: "of another name", options: other, answer: false },
  { what: "that vouches for itself", options: itself, answer: false },
  {
    what: "without forward secrecy",
    options: { ...good, maxVersion: "TLSv1.2", ciphers: "AES128-GCM-SHA256:AES256-SHA" },
    answer: false,
  },
  {
    what: "of block ciphers",
    options: { ...good, maxVersion: "TLSv1.2", ciphers: "ECDHE-RSA-AES256-SHA384" },
    answer: false,
  },
])("a host $what gets on with a strict client: $answer", async ({ options, answer }) => {
  const { url } = await serve(options);
  expect(await speaksStrictTls({ url, roots: root.cert + itself.cert, withinMs: 5_000 })).toBe(answer);
});

test("a host of a root that does not count does not, one that is silent does not, and a plain address does", async () => {
  const { url } = await serve(good);
  expect(await speaksStrictTls({ url, roots: itself.cert, withinMs: 5_000 })).toBe(false);
  const silent = await listen(createPlainServer());
  const answers = [`https://localhost:${silent}`, "http://gateway.example/v1"].map((address) =>
    speaksStrictTls({ url: address, roots: root.cert, withinMs: 200 }),
  );
  expect(await Promise.all(answers)).toEqual([false, true]);
});

test("of the system's roots the first that everybody knows is taken, and none where it has no such one", () => {
  const folder = createFolder();
  const [own, plain] = [join(folder, "own.pem"), join(folder, "plain.pem")];
  const [known = ""] = rootCertificates;
  writeFileSync(own, root.cert);
  writeFileSync(plain, `# ours\n${root.cert}\n${known.replaceAll("\n", "\r\n")}\n`);
  expect(findSystemRoots([join(folder, "none.pem")])).toBeUndefined();
  expect(findSystemRoots([own])).toBeUndefined();
  const found = findSystemRoots([join(folder, "none.pem"), plain]);
  expect(found?.known.replace(/\s/g, "")).toBe(known.replace(/\s/g, ""));
  expect(found?.all).toContain(root.cert);
});

interface Scene {
  baseUrl?: string;
  apiKey?: string;
  settings?: Record<string, string>;
  codexHome?: string;
  servers?: readonly { kind: "http" | "stdio" }[];
}

function toPlace({ baseUrl, apiKey = "k", codexHome = "/nowhere" }: Scene): CodexPlace {
  const key = { apiKey, ...(baseUrl === undefined ? {} : { baseUrl }) };
  return { key, isKeyed: apiKey !== "", codexHome };
}

function open(more: Partial<ThriftParts> = {}): (scene: Scene) => Promise<Record<string, string>> {
  const ownHome = createFolder();
  let settings: Record<string, string> = {};
  const thrift = createCodexThrift({
    settings: () => settings,
    ownHome,
    findRoots: () => ({ all: root.cert, known: "one root\n" }),
    ...more,
  });
  return (scene) => {
    settings = scene.settings ?? {};
    return thrift.toEnvironment({ place: toPlace(scene), servers: scene.servers ?? [] });
  };
}

const plain = "http://127.0.0.1:1/v1";

test.runIf(isLinux)("codex is given one root more where all that it calls gets on with it", async () => {
  const ask = open();
  const { url } = await serve(good);
  for (const baseUrl of [plain, url]) {
    const { CODEX_CA_CERTIFICATE: file = "", _RJEM_MALLOC_CONF: allocation } = await ask({ baseUrl });
    expect(readFileSync(file, "utf8")).toBe("one root\n");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(allocation).toContain("narenas:1");
  }
  expect(await ask({ baseUrl: plain, servers: [{ kind: "stdio" }] })).toHaveProperty("CODEX_CA_CERTIFICATE");
});

const config = {
  nothing: "",
  "a server over HTTPS, which is off": '[mcp_servers.far]\nurl = "https://far.example"\n',
  "a provider of its own":
    'model_provider = "us"\n[model_providers.us]\nbase_url = "https://us.example/v1"\n',
  "what is no TOML": "[",
};

/** With a login, and that in a file of its folder. */
async function isThrifty(text: string, loginUrls: readonly string[], name = "config.toml"): Promise<boolean> {
  const codexHome = createFolder();
  writeFileSync(join(codexHome, name), text);
  return "CODEX_CA_CERTIFICATE" in (await open({ loginUrls })({ apiKey: "", codexHome }));
}

test.runIf(isLinux)(
  "with a login so too, where its settings name no other host and OpenAI's get on with it",
  async () => {
    const [today, old] = [await serve(good), await serve(bad)];
    const answers = await Promise.all(Object.values(config).map((text) => isThrifty(text, [today.url])));
    expect(answers).toEqual([true, true, false, false]);
    expect(await isThrifty("", [today.url, old.url])).toBe(false);
    expect(await isThrifty("HTTPS_PROXY=http://proxy", [today.url], ".env")).toBe(false);
  },
);

test.each<{ what: string; scene: Scene }>([
  { what: "with a server of the user's over HTTP", scene: { baseUrl: plain, servers: [{ kind: "http" }] } },
  { what: "with a proxy", scene: { baseUrl: plain, settings: { https_proxy: "http://proxy" } } },
  { what: "with certificates of the user's", scene: { baseUrl: plain, settings: { SSL_CERT_FILE: "/a" } } },
  {
    what: "with such a variable already",
    scene: { baseUrl: plain, settings: { CODEX_CA_CERTIFICATE: "/a" } },
  },
])("codex keeps its own way to the net $what", async ({ scene }) => {
  const environment = await open()(scene);
  expect(Object.keys(environment)).toEqual(["_RJEM_MALLOC_CONF"]);
});

test.runIf(isLinux)(
  "a host that is too old for it is seen, and asked again after a minute; a good one after ten",
  async () => {
    let atMs = 0;
    const ask = open({ now: () => atMs });
    const [old, today] = [await serve(bad), await serve(good)];
    const isSo = async (baseUrl: string): Promise<boolean> =>
      "CODEX_CA_CERTIFICATE" in (await ask({ baseUrl }));
    const both = async (): Promise<boolean[]> => [await isSo(old.url), await isSo(today.url)];
    expect([await both(), await both()]).toEqual([
      [false, true],
      [false, true],
    ]);
    expect([old.calls(), today.calls()]).toEqual([1, 1]);
    atMs = 60_001;
    await both();
    expect([old.calls(), today.calls()]).toEqual([2, 1]);
    atMs = 600_001;
    await Promise.all([both(), both()]);
    expect([old.calls(), today.calls()]).toEqual([3, 2]);
  },
);

test("what a user's settings say of its allocator stands, and a system without roots that are known changes nothing", async () => {
  const ask = open({ findRoots: () => undefined });
  expect(await ask({ baseUrl: plain, settings: { _RJEM_MALLOC_CONF: "narenas:2" } })).toEqual({});
});
