import { createClient } from "../../client/create-client.ts";
import type { Env } from "../../config/environment.ts";
import type { ConfigFile } from "../../config/file/config-file.ts";
import { readUserConfig } from "../../config/file/read-config.ts";
import { parseCredentials } from "../../config/shell.ts";
import { knownProviders } from "../../core/known-providers.ts";
import { createLocalModels } from "../../providers/local-models.ts";
import type { CliContext } from "../context.ts";
import { toCountText } from "../outcome.ts";
import { type Finding, toFailure, toOk, toWarning } from "./finding.ts";

const answerMs = 800;

/** Which providers can be asked, and by what: names of variables and files, never a key. */
export async function lookAtKeys({ env, paths }: CliContext): Promise<Finding[]> {
  const sources = new Map([...listShellKeys(env), ...listFileKeys(paths.userConfig, env)]);
  const findings = listMissingVariables(paths.userConfig, env);
  for (const name of await listDaemonKeys(paths.socket)) {
    if (!sources.has(name)) sources.set(name, "the daemon has it");
  }
  const local = await lookAtOllama(env, paths.userConfig);
  if (local.models > 0) sources.set("ollama", toCountText(local.models, "model"));
  findings.push(...local.findings);
  if (sources.size > 0) {
    const names = [...sources].map(([provider, source]) => `${provider} (${source})`);
    return [toOk("keys", names.join(", ")), ...findings];
  }
  const missing = toFailure(
    "keys",
    "No provider has a key.",
    "export ANTHROPIC_API_KEY=… (or OPENAI_, GROQ_, … _API_KEY)\n" +
      "A server of your own: export MY_LLM_BASE_URL=…\n" +
      "Models on this machine: ollama serve, ollama pull qwen3\n" +
      "Without any: profclaw demo",
  );
  return [missing, ...findings];
}

/** A local Ollama needs no key, but a model. */
async function lookAtOllama(env: Env, path: string): Promise<{ models: number; findings: Finding[] }> {
  const inFile = readProviders(path).find(([name]) => name === "ollama")?.[1].base_url;
  const baseUrl = parseCredentials(env).get("ollama")?.baseUrl ?? inFile;
  const credentials = { get: () => (baseUrl === undefined ? undefined : { baseUrl }) };
  const models = await createLocalModels({ credentials }).look();
  if (models === null && baseUrl !== undefined) {
    const silent = toWarning("keys", "Ollama does not answer where your settings say it is.", "ollama serve");
    return { models: 0, findings: [silent] };
  }
  if (models?.length !== 0) return { models: models?.length ?? 0, findings: [] };
  return {
    models: 0,
    findings: [toWarning("keys", "Ollama answers, but has no model.", "ollama pull qwen3")],
  };
}

function listShellKeys(env: Env): [string, string][] {
  const known = new Set<string>(knownProviders);
  return [...parseCredentials(env)].flatMap(([provider, { apiKey, baseUrl }]) => {
    const variable = provider.toUpperCase().replaceAll("-", "_");
    if (apiKey) return [[provider, findKeyName(variable, env)]];
    return baseUrl && !known.has(provider) ? [[provider, `${variable}_BASE_URL, no key`]] : [];
  });
}

function findKeyName(variable: string, env: Env): string {
  const own = `${variable}_API_KEY`;
  if (env[own]) return own;
  return ["GEMINI_API_KEY", "GOOGLE_GENERATIVE_AI_API_KEY"].find((name) => env[name]) ?? own;
}

function listFileKeys(path: string, env: Env): [string, string][] {
  const known = new Set<string>(knownProviders);
  return readProviders(path).flatMap(([provider, { api_key, api_key_env, base_url }]) => {
    if (api_key) return [[provider, "config.yaml"]];
    if (api_key_env !== undefined && env[api_key_env]) return [[provider, api_key_env]];
    return base_url !== undefined && !known.has(provider) ? [[provider, "config.yaml, no key"]] : [];
  });
}

function listMissingVariables(path: string, env: Env): Finding[] {
  return readProviders(path).flatMap(([provider, { api_key_env: name }]) =>
    name === undefined || env[name]
      ? []
      : [
          toWarning(
            "keys",
            `config.yaml takes ${provider}'s key from ${name}, which is not set.`,
            `export ${name}=…`,
          ),
        ],
  );
}

/** None where the file is wrong: the look at the settings tells of that. */
function readProviders(path: string): [string, NonNullable<ConfigFile["values"]["providers"]>[string]][] {
  try {
    return Object.entries(readUserConfig(path).values.providers ?? {});
  } catch {
    return [];
  }
}

/** What other shells brought to a daemon that runs; none where it does not answer. */
async function listDaemonKeys(socketPath: string): Promise<string[]> {
  const client = createClient({ socketPath }, { patienceMs: 0 });
  try {
    const { providers } = await client.listProviders({}, { signal: AbortSignal.timeout(answerMs) });
    return providers.flatMap(({ name, has_key: hasKey }) => (hasKey ? [name] : []));
  } catch {
    return [];
  } finally {
    client.close();
  }
}
