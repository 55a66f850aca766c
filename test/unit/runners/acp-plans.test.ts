import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createGemini } from "../../../src/runners/external/acp/gemini.ts";
import { createOpencode } from "../../../src/runners/external/acp/opencode.ts";
import { keepChats, waitOutMinute } from "../../../src/runners/external/acp/keep-chats.ts";
import type { AcpAgent } from "../../../src/runners/external/acp/acp-driver.ts";
import type { PlanRequest } from "../../../src/runners/external/driver.ts";
import { findProgram } from "../../../src/sandbox/find-program.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "profclaw-plans-"));
  for (const name of ["bin", "work", "person"]) mkdirSync(join(root, name));
  for (const name of ["gemini", "opencode"])
    writeFileSync(join(root, "bin", name), "#!/bin/sh\n", { mode: 0o755 });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const every = { reads: "yes", writes: "yes", testRun: "yes", bash: "yes", network: "yes", rest: "yes" };

type Keys = Readonly<Record<string, { apiKey?: string; baseUrl?: string }>>;

const parts = (keys: Keys) => ({
  credential: (provider: string) => keys[provider],
  home: () => join(root, "person"),
});

async function plan(
  agent: AcpAgent,
  session: object,
): Promise<{ argv: readonly string[]; environment: Readonly<Record<string, string>> }> {
  const wanted = { model: "its-own", grants: every, cwd: join(root, "work"), ...session };
  const request = {
    session: wanted,
    path: join(root, "bin"),
    program: findProgram(agent.name, join(root, "bin")),
    followUp: null,
    home: join(root, "home"),
  };
  return agent.plan({ ...request, allowedMicroUsd: null } as unknown as PlanRequest);
}

const valueOf = (argv: readonly string[], flag: string): string => argv[argv.indexOf(flag) + 1] ?? "";

const keyed = parts({
  google: { apiKey: "g-key", baseUrl: "http://gate/v1beta" },
  anthropic: { apiKey: "a" },
});

const policyAt = async (network: string): Promise<string> => {
  const { argv } = await plan(createGemini(keyed), { grants: { ...every, network } });
  return readFileSync(valueOf(argv, "--policy"), "utf8");
};
const trust = async (): Promise<string | undefined> =>
  (await plan(createGemini(keyed), {})).environment["GEMINI_CLI_TRUST_WORKSPACE"];

describe("gemini is started", () => {
  test("with a key in a home of its own, its address said in full, and no key in an argument", async () => {
    const { argv, environment } = await plan(createGemini(keyed), { model: "gemini-2.5-flash" });
    expect(valueOf(argv, "--model")).toBe("gemini-2.5-flash");
    expect([valueOf(argv, "--allowed-mcp-server-names"), valueOf(argv, "--extensions")]).toEqual([
      "profclaw",
      "none",
    ]);
    expect(environment).toMatchObject({
      GEMINI_CLI_HOME: join(root, "home"),
      GEMINI_API_KEY: "g-key",
      GOOGLE_GEMINI_BASE_URL: "http://gate",
    });
    expect(argv.join(" ")).not.toContain("g-key");
    expect(Object.values(environment)).not.toContain("a");
    expect(statSync(join(root, "home", ".gemini", "settings.json")).mode & 0o777).toBe(0o600);
  });

  test("with the servers that the session names let in, and no others", async () => {
    const { argv } = await plan(createGemini(keyed), { mcpServers: ["words", "files"] });
    expect(valueOf(argv, "--allowed-mcp-server-names")).toBe("profclaw,words,files");
    const policy = readFileSync(valueOf(argv, "--policy"), "utf8");
    for (const name of ["words", "files"]) {
      expect(policy).toContain(`mcpName = "${name}"\ntoolName = "*"\ndecision = "ask_user"\npriority = 900`);
    }
  });

  test("not with servers in a folder that it does not trust: it would connect to none", async () => {
    writeFileSync(join(root, "work", ".env"), "A=b");
    await expect(plan(createGemini(keyed), { mcpServers: ["words"] })).rejects.toThrow(
      /connects to no MCP server \(words\).*\.env/,
    );
    await plan(createGemini(keyed), {});
  });

  test("with a login in the person's home", async () => {
    const { environment } = await plan(createGemini(parts({})), {});
    expect(environment).not.toHaveProperty("GEMINI_CLI_HOME");
    expect(environment).not.toHaveProperty("GEMINI_API_KEY");
  });

  test("without trust where a folder has settings of its own, or a .env in it or above", async () => {
    expect(await trust()).toBe("true");
    writeFileSync(join(root, ".env"), "GOOGLE_GEMINI_BASE_URL=http://evil");
    expect(await trust()).toBe("false");
    rmSync(join(root, ".env"));
    mkdirSync(join(root, "work", ".gemini"));
    expect(await trust()).toBe("false");
  });

  test("and asks before it searches the web, where the level does not allow all of the network, and has no agents of its own", async () => {
    expect(await policyAt("yes")).not.toContain("google_web_search");
    expect(await policyAt("list")).toMatch(/google_web_search"\ndecision = "ask_user"/);
    expect(await policyAt("yes")).toMatch(/invoke_agent"\ndecision = "deny"/);
    expect(await policyAt("list")).toMatch(/mcpName = "profclaw"\ntoolName = "\*"\ndecision = "allow"/);
  });

  test("is refused with what to install where it is not on PATH", async () => {
    rmSync(join(root, "bin", "gemini"));
    await expect(plan(createGemini(keyed), {})).rejects.toThrow("gemini is not on PATH");
  });

  test.each(["home", "a [b] {c,d} *"])(
    "again: chats of its own %s get names that a loaded one does not overwrite, however often",
    async (name) => {
      const home = join(root, name, ".gemini");
      const chats = join(home, "tmp", "work", "chats");
      mkdirSync(chats, { recursive: true });
      for (const round of [1, 2]) {
        writeFileSync(join(chats, "session-2026-11-21T18-09-abcd.jsonl"), `round ${round}`);
        await keepChats(home);
      }
      const texts = readdirSync(chats).map((file) => readFileSync(join(chats, file), "utf8"));
      expect(texts.toSorted()).toEqual(["round 1", "round 2"]);
      expect(readdirSync(chats).every((file) => /^session-kept-.*\.jsonl$/.test(file))).toBe(true);
    },
  );
});

test("a minute of gemini's is waited out where it has a chat of it, and not for one that is stopped meanwhile", async () => {
  const chats = join(root, "person", "tmp", "work", "chats");
  mkdirSync(chats, { recursive: true });
  writeFileSync(join(chats, "session-2026-11-21T18-09-abcd.jsonl"), "");
  const waited = async (now: string, signal: AbortSignal): Promise<number> => {
    const startedAt = performance.now();
    await waitOutMinute(join(root, "person"), new Date(now), signal);
    return performance.now() - startedAt;
  };
  const never = new AbortController().signal;
  expect(await waited("2026-11-21T18:09:59.700Z", never)).toBeGreaterThan(250);
  expect(await waited("2026-11-21T18:10:00.000Z", never)).toBeLessThan(250);
  expect(await waited("2026-11-21T18:09:00.000Z", AbortSignal.timeout(50))).toBeLessThan(5_000);
});

const keys = { anthropic: { apiKey: "a-key", baseUrl: "http://gate" }, openai: { apiKey: "o-key" } };
const config = (environment: Readonly<Record<string, string>>): Record<string, unknown> =>
  JSON.parse(environment["OPENCODE_CONFIG_CONTENT"] ?? "{}") as Record<string, unknown>;

const permission = async (grants: object): Promise<unknown> =>
  JSON.parse(
    (await plan(createOpencode(parts(keys)), { grants })).environment["OPENCODE_PERMISSION"] ?? "",
  ) as unknown;

describe("opencode is started", () => {
  test("with the key of its model's provider and no other, and data of its own", async () => {
    const { argv, environment } = await plan(createOpencode(parts(keys)), { model: "openai/gpt-5.5" });
    expect(argv).toEqual([join(root, "bin", "opencode"), "acp"]);
    expect(config(environment)).toMatchObject({
      model: "openai/gpt-5.5",
      enabled_providers: ["openai"],
      provider: { openai: { options: { apiKey: "o-key" } } },
      share: "disabled",
    });
    expect(JSON.stringify(environment)).not.toContain("a-key");
    expect(environment["XDG_DATA_HOME"]).toBe(join(root, "home", "data"));
  });

  test("with the first key that there is where no model is named, at an address that it understands", async () => {
    const { environment } = await plan(createOpencode(parts(keys)), {});
    expect(config(environment)).toMatchObject({
      model: "anthropic/claude-sonnet-4-6",
      provider: { anthropic: { options: { apiKey: "a-key", baseURL: "http://gate/v1" } } },
    });
  });

  test("with a login in the person's data, and never with their settings or a repository's", async () => {
    const { environment } = await plan(createOpencode(parts({})), { model: "zen/big" });
    expect(environment["XDG_DATA_HOME"]).toBe(join(root, "person", ".local", "share"));
    expect(environment["XDG_CONFIG_HOME"]).toBe(join(root, "home", "config"));
    expect(environment["OPENCODE_DISABLE_PROJECT_CONFIG"]).toBe("1");
    expect(config(environment)).not.toHaveProperty("provider");
  });

  test("asking for all that is no reading, unless all is allowed", async () => {
    expect(await permission(every)).toEqual({ "*": "allow", task: "deny" });
    expect(await permission({ ...every, bash: "list" })).toMatchObject({
      "*": "ask",
      external_directory: "ask",
      "profclaw_*": "allow",
    });
  });

  test("not at all where a repository brings plugins that it would run, unless all is allowed", async () => {
    const agent = createOpencode(parts(keys));
    const begin = (grants: object, cwd: string): Promise<unknown> => plan(agent, { grants, cwd });
    const sub = join(root, "work", "deep", "down");
    mkdirSync(sub, { recursive: true });
    writeFileSync(join(root, "work", ".git"), "gitdir: elsewhere");
    writeFileSync(join(root, "opencode.json"), "{}");
    // Above the repository: another one's.
    await begin({ ...every, bash: "list" }, sub);
    for (const name of [".opencode", "opencode.jsonc"]) {
      mkdirSync(join(root, "work", name));
      await expect(begin({ ...every, bash: "list" }, sub)).rejects.toThrow(join(root, "work", name));
      await begin(every, sub);
      rmSync(join(root, "work", name), { recursive: true });
    }
    await begin({ ...every, bash: "list" }, sub);
  });

  test("behind a password that nobody else knows", async () => {
    const first = (await plan(createOpencode(parts(keys)), {})).environment["OPENCODE_SERVER_PASSWORD"];
    const second = (await plan(createOpencode(parts(keys)), {})).environment["OPENCODE_SERVER_PASSWORD"];
    expect([first?.length, first === second]).toEqual([32, false]);
  });
});
