import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isRepositoryTop } from "../../../config/repository-top.ts";
import { ProfclawError } from "../../../core/errors.ts";
import type { Grants } from "../../../core/grants.ts";
import { knownProviders } from "../../../core/known-providers.ts";
import type { AgentWays } from "../agent-ways.ts";
import type { LaunchPlan, PlanRequest } from "../driver.ts";
import type { AcpCredentials } from "./acp-credentials.ts";
import type { AcpAgent } from "./acp-driver.ts";
import { ownModel } from "./any-acp-agent.ts";
import { requireProgram } from "../require-program.ts";

/** opencode, which calls any provider: a model of its is named `provider/model`. */
export function createOpencode(parts: AcpCredentials): AcpAgent {
  return {
    name: "opencode",
    // It counts the last call of each prompt only; its cost is of all of them, and told when it has answered.
    span: "last-call",
    money: "untold",
    withheld: ["OPENCODE_CONFIG_CONTENT", "OPENCODE_SERVER_PASSWORD"],
    login: "Log in (opencode auth login), or set the key of its model's provider.",
    modelOf: ({ model }) => (model === ownModel ? null : model),
    plan: (request) => toPlan(parts, request),
  };
}

/** True if it has the login of any provider in this home. */
export function hasOpencodeLogin(home: string): boolean {
  try {
    const text = readFileSync(join(toDataFolder(home), "opencode", "auth.json"), "utf8");
    return Object.keys(JSON.parse(text) as object).length > 0;
  } catch {
    return false;
  }
}

function toDataFolder(home: string): string {
  return join(home, ".local", "share");
}

/** A provider of ours that it can use with our key: the model's, or else the first one that has a key. */
export function findKeyedProvider(parts: AcpCredentials, model: string): string | undefined {
  const named = model === ownModel ? undefined : model.split("/", 1)[0];
  const wanted = named === undefined ? knownProviders : knownProviders.filter((name) => name === named);
  return wanted.find((name) => parts.credential(name)?.apiKey !== undefined);
}

async function toPlan(parts: AcpCredentials, request: PlanRequest): Promise<Omit<LaunchPlan, "input">> {
  const { session, home } = request;
  const program = requireProgram(request, { name: "opencode", npmPackage: "opencode-ai" });
  if (!isAllAllowed(session.grants)) refuseRepositorySettings(session.cwd, parts.home());
  await mkdir(home, { recursive: true, mode: 0o700 });
  const provider = findKeyedProvider(parts, session.model);
  // With a login it has to be the user's own data: a copied login is lost when the other one is renewed.
  const data = provider === undefined ? toDataFolder(parts.home()) : join(home, "data");
  const environment = {
    ...quiet,
    OPENCODE_CONFIG_CONTENT: JSON.stringify(toConfig(parts, provider, session.model)),
    OPENCODE_PERMISSION: JSON.stringify(toPermission(session.grants)),
    // It answers on a port of this machine besides.
    OPENCODE_SERVER_PASSWORD: randomBytes(24).toString("base64url"),
    XDG_DATA_HOME: data,
    XDG_CONFIG_HOME: join(home, "config"),
    XDG_STATE_HOME: join(home, "state"),
  };
  return { argv: [program, "acp"], environment };
}

function isAllAllowed(grants: Grants): boolean {
  return Object.values(grants).every((grant) => grant === "yes");
}

/** 1.18 runs the plugins of a repository whatever it is told: where nobody has allowed that, it is not started. */
function refuseRepositorySettings(cwd: string, home: string): void {
  const found = findRepositorySettings(cwd, home);
  if (found === undefined) return;
  throw new ProfclawError(
    "agent-lacks",
    `opencode would run the plugins that ${found} names, without asking, and can not be kept from it.`,
    { hint: "Take another agent, remove it, or grant everything (--permission-mode full)." },
  );
}

/** Up to the repository's root; what stands in the person's own home is theirs. */
function findRepositorySettings(folder: string, home: string): string | undefined {
  const names = folder === home ? [] : [".opencode", "opencode.json", "opencode.jsonc"];
  const found = names.map((name) => join(folder, name)).find((path) => existsSync(path));
  const parent = dirname(folder);
  if (found !== undefined || parent === folder || isRepositoryTop(folder)) return found;
  return findRepositorySettings(parent, home);
}

/** Nothing of a repository's or of other agents; nothing is fetched. */
const quiet = {
  OPENCODE_DISABLE_PROJECT_CONFIG: "1",
  OPENCODE_PURE: "1",
  OPENCODE_DISABLE_CLAUDE_CODE: "1",
  OPENCODE_DISABLE_EXTERNAL_SKILLS: "1",
  OPENCODE_DISABLE_MODELS_FETCH: "1",
  OPENCODE_DISABLE_AUTOUPDATE: "1",
  OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
};

function toConfig(parts: AcpCredentials, provider: string | undefined, model: string): object {
  const chosen = model === ownModel ? (provider === undefined ? undefined : defaults[provider]) : model;
  const common = {
    share: "disabled",
    autoupdate: false,
    // Both run programs that a repository brings along, and ask nobody.
    lsp: false,
    formatter: false,
    // A title is one more call of another model, which it counts nowhere.
    agent: { title: { disable: true } },
    ...(chosen === undefined ? {} : { model: chosen }),
  };
  if (provider === undefined) return common;
  const { apiKey, baseUrl } = parts.credential(provider) ?? {};
  const options = { apiKey, ...(baseUrl === undefined ? {} : { baseURL: toVersioned(provider, baseUrl) }) };
  return { ...common, enabled_providers: [provider], provider: { [provider]: { options } } };
}

/** Its model where none is named: else it takes any that its provider has. */
const defaults: Readonly<Record<string, string>> = { anthropic: "anthropic/claude-sonnet-4-6" };

const versions: Readonly<Record<string, string>> = { anthropic: "v1", google: "v1beta" };

function toVersioned(provider: string, baseUrl: string): string {
  const version = versions[provider];
  const isWhole = version === undefined || /\/v\d+\w*\/?$/.test(baseUrl);
  return isWhole ? baseUrl : `${baseUrl.replace(/\/$/, "")}/${version}`;
}

/** What it does without asking; all else it asks us. Ours never ask in a child; agents of its own are no sessions. */
function toPermission(grants: Grants): Record<string, unknown> {
  if (isAllAllowed(grants)) return { "*": "allow", task: "deny" };
  const read = { "*": "allow", "*.env": "ask", "*.env.*": "ask" };
  const harmless = { glob: "allow", grep: "allow", list: "allow", todowrite: "allow", todoread: "allow" };
  return { "*": "ask", read, ...harmless, external_directory: "ask", task: "deny", "profclaw_*": "allow" };
}

const noWord = { lacks: "its protocol has no word for that" };

/** What of a request opencode gets, and by what. */
export const opencodeWays: AgentWays = {
  model: { by: "session/set_config_option: provider/model" },
  effort: noWord,
  tools: noWord,
  schema: noWord,
  max_turns: noWord,
  max_output_tokens: noWord,
  mcp: { by: "session/new" },
  budget_usd: { lacks: "it tells its cost only when it has answered" },
  budget_tokens: { lacks: "it tells the tokens of its last call only" },
  message: { by: "session/prompt, behind what it answers" },
  resume: { by: "session/resume" },
  fork: noWord,
};
