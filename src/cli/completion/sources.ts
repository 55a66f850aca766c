import { type Client, createClient } from "../../client/create-client.ts";
import { readUserConfig } from "../../config/file/read-config.ts";
import { explainSettings } from "../../config/file/setting-table.ts";
import type { SessionView } from "../../contract/shapes.ts";
import { costGroups } from "../../core/cost-group.ts";
import { toShortId } from "../../core/id.ts";
import { knownProviders } from "../../core/known-providers.ts";
import { efforts, endStatuses, liveStatuses, sessionStatuses } from "../../core/session.ts";
import { permissionModes } from "../../policy/levels.ts";
import type { CliContext } from "../context.ts";
import { toOneLine } from "../plain-text.ts";
import { type Candidate, type Completion, toCandidates } from "./candidate.ts";

/** What is asked for: the value of a flag, or a place of a command. */
export interface Wish {
  /** "agent stop" */
  command: string;
  /** "--status", "<id>" */
  of: string;
  /** "--provider groq" was typed before: its models are meant. */
  provider: string | undefined;
  context: CliContext;
}

type Source = (wish: Wish) => Promise<Candidate[]>;

const answerMs = 500;
const mostSessions = 100;
const files = new Set(["--read", "--write", "--schema"]);
const folders = new Set(["--cwd", "<folder>"]);
const liveOnly = new Set(["agent stop", "agent send", "agent wait"]);
const endedOnly = new Set(["agent resume", "agent rm"]);

const sources: Readonly<Record<string, Source>> = {
  "<id>": (wish) => listSessions(wish),
  "--parent": (wish) => listSessions(wish),
  "--tree": (wish) => listSessions(wish),
  "--session": (wish) => listSessions(wish),
  "--status": async () => toCandidates(sessionStatuses),
  "--by": async () => toCandidates(costGroups),
  "--effort": async () => toCandidates(efforts),
  "--permission-mode": async () => toCandidates(permissionModes),
  "--agent": listAgents,
  "--provider": listProviders,
  "--model": listModels,
  "--role": listRoles,
  "--tools": listTools,
  "<shell>": async () => toCandidates(["bash", "zsh", "fish"]),
  "config <what>": async () => toCandidates(["explain", "get", "set", "path"]),
  "config <key>": async ({ context }) => listSettings(context),
  "approvals <what>": async () => toCandidates(["rules"], "what you answered with --always"),
  "agent answer <words>": async () => toCandidates(["allow", "deny"]),
};

/** What may stand there; no words where nothing is known of it or no daemon answers soon. */
export async function findValues(wish: Wish): Promise<Completion> {
  if (files.has(wish.of)) return { kind: "files" };
  if (folders.has(wish.of)) return { kind: "folders" };
  const source = sources[`${wish.command} ${wish.of}`] ?? sources[wish.of];
  try {
    return { kind: "words", words: (await source?.(wish)) ?? [] };
  } catch {
    // Whoever presses Tab wants a word or nothing, and no message.
    return { kind: "words", words: [] };
  }
}

/** One call of a daemon that runs; none is started. Throws if it does not answer at once. */
async function ask<Answer>(
  { paths }: CliContext,
  call: (client: Client, options: { signal: AbortSignal }) => Promise<Answer>,
): Promise<Answer> {
  const client = createClient({ socketPath: paths.socket }, { patienceMs: 0 });
  try {
    return await call(client, { signal: AbortSignal.timeout(answerMs) });
  } finally {
    client.close();
  }
}

async function listSessions({ command, context }: Wish): Promise<Candidate[]> {
  const status = toStatuses(command);
  const query = { limit: mostSessions, ...(status === undefined ? {} : { status: [...status] }) };
  const { sessions } = await ask(context, (client, options) => client.listSessions(query, options));
  return sessions.map(toSessionCandidate);
}

function toStatuses(command: string): readonly SessionView["status"][] | undefined {
  if (command === "agent answer") return ["waiting"];
  if (liveOnly.has(command)) return liveStatuses;
  return endedOnly.has(command) ? endStatuses : undefined;
}

function toSessionCandidate({ id, status, name, task }: SessionView): Candidate {
  return { value: toShortId(id), about: `${status}: ${toOneLine(name ?? task).slice(0, 60)}` };
}

async function listProviders({ context }: Wish): Promise<Candidate[]> {
  const listed = await ask(context, (client, options) => client.listProviders({}, options)).catch(() => null);
  if (listed === null) return toCandidates(knownProviders);
  return listed.providers.map(({ name, ready }) => ({ value: name, about: ready ? "ready" : "no key" }));
}

async function listModels({ context, provider }: Wish): Promise<Candidate[]> {
  const query = provider === undefined ? {} : { provider };
  const { models } = await ask(context, (client, options) => client.listModels(query, options));
  return models.map((one) => ({
    value: provider === undefined ? `${one.provider}/${one.model}` : one.model,
    about: `$${one.input_usd} in, $${one.output_usd} out per million tokens`,
  }));
}

async function listRoles({ context }: Wish): Promise<Candidate[]> {
  const { roles } = await ask(context, (client, options) => client.listRoles({ cwd: context.cwd }, options));
  return roles.map(({ name, description }) => ({ value: name, about: toOneLine(description).slice(0, 60) }));
}

async function listAgents({ context }: Wish): Promise<Candidate[]> {
  const { agents } = await ask(context, (client, options) => client.listAgents({}, options));
  return agents.map(({ name, status }) => ({ value: name, about: status }));
}

async function listTools({ context }: Wish): Promise<Candidate[]> {
  const { tools } = await ask(context, (client, options) => client.listTools({}, options));
  return tools.map(({ name, description }) => ({ value: name, about: toOneLine(description).slice(0, 60) }));
}

function listSettings({ paths, env }: CliContext): Candidate[] {
  const settings = explainSettings(readUserConfig(paths.userConfig), env);
  return settings.map(({ key, meaning }) => ({ value: key, about: meaning }));
}
