import { existsSync } from "node:fs";
import { readUserConfig } from "../../config/file/read-config.ts";
import { type SettingStanding, explainSettings } from "../../config/file/setting-table.ts";
import { setConfigValue } from "../../config/file/write-config.ts";
import { ProfclawError } from "../../core/errors.ts";
import { findNearest } from "../../core/nearest.ts";
import { defineCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { bringIntoForce } from "../setting-effect.ts";
import { toJsonText, toPlainText } from "../plain-text.ts";

const ways = ["explain", "get", "set", "path"];

export const config = defineCommand({
  name: "config",
  summary: "The settings file: what is set and where it comes from, and how to change it.",
  examples: [
    "profclaw config explain",
    "profclaw config get pool.max_concurrent",
    "profclaw config set pool.max_concurrent 20",
    "profclaw config path",
  ],
  declare(parser) {
    parser
      .argument("<what>", ways.join(", "))
      .argument("[key]", "of get and set: pool.mode, providers.groq.model, …")
      .argument("[value]", "of set");
  },
  async run({ args, options }, context) {
    const [what = "", key, value] = args;
    const answer = await act(what, { key, value }, context);
    context.terminal.print(options.json === true ? toJsonText(answer.json) : toPlainText(answer.text));
    return 0;
  },
});

interface Answer {
  json: unknown;
  text: string;
}

interface Words {
  key: string | undefined;
  value: string | undefined;
}

async function act(what: string, { key, value }: Words, context: CliContext): Promise<Answer> {
  const path = context.paths.userConfig;
  if (what === "path") return { json: { path, exists: existsSync(path) }, text: path };
  if (what === "explain") return explain(context);
  if (what === "get" && key !== undefined) return get(key, context);
  if (what === "set" && key !== undefined && value !== undefined) {
    setConfigValue(path, key, value);
    const { effect, text } = await bringIntoForce(key, context);
    return { json: { path, key, effect }, text: `${key} is set in ${path}. ${text}` };
  }
  throw new ProfclawError(
    "invalid-request",
    ways.includes(what) ? `config ${what} wants more words.` : `config has no "${what}".`,
    { hint: toWayHint(what) },
  );
}

function toWayHint(what: string): string {
  const [nearest] = ways.includes(what) ? [] : findNearest(what, ways);
  if (nearest !== undefined) return `Did you mean: profclaw config ${nearest}?`;
  return `profclaw config ${ways.join("|")}: see profclaw config --help`;
}

function list(context: CliContext): SettingStanding[] {
  return explainSettings(readUserConfig(context.paths.userConfig), context.env);
}

function explain(context: CliContext): Answer {
  const all = list(context);
  const text = all
    .map(({ key, value, source, meaning }) => `${key}: ${value ?? "not set"}\n  from ${source} · ${meaning}`)
    .join("\n");
  return { json: { settings: all }, text };
}

function get(key: string, context: CliContext): Answer {
  const found = find(key, context);
  return { json: found, text: found.value ?? "not set" };
}

function find(key: string, context: CliContext): SettingStanding {
  const all = list(context);
  const found = all.find((setting) => setting.key === key);
  if (found !== undefined) return found;
  const section = all.filter((setting) => setting.key.startsWith(`${key}.`)).map((setting) => setting.key);
  const nearest =
    section.length > 0
      ? section
      : findNearest(
          key,
          all.map((setting) => setting.key),
        );
  throw new ProfclawError("not-found", `There is no setting "${key}".`, {
    hint: nearest.length > 0 ? `There is ${nearest.join(", ")}.` : "All of them: profclaw config explain",
  });
}
