import type { ProviderTestView } from "../../contract/model-operations.ts";
import { defineCommand } from "../command.ts";
import { linkAndGreet } from "../daemon-link.ts";
import { toCostText } from "../money-text.ts";
import { toJsonText, toOneLine, toPlainText } from "../plain-text.ts";

const configExitCode = 3;
/** What only a person can put right. */
const settingFaults = new Set(["auth", "quota", "not-found", "malformed", "bad-request"]);

export const providerTest = defineCommand<{ model?: string }>({
  name: "provider test",
  summary:
    "One small real call to a provider, which says whether it works, how fast, and what it cost. Exit code 3 where a setting is at fault, 1 where the provider is.",
  examples: [
    "profclaw provider test",
    "profclaw provider test groq",
    "profclaw provider test ollama --model qwen3",
  ],
  declare(parser) {
    parser
      .argument("[name]", "default: the one that a session takes where none is named")
      .option("--model <name>", "default: the provider's own");
  },
  async run({ args, options }, context) {
    const [provider] = args;
    const { model } = options;
    // A greeting first: the keys of this shell count.
    const client = await linkAndGreet(context);
    try {
      const tested = await client.testProvider({
        ...(provider === undefined ? {} : { provider }),
        ...(model === undefined ? {} : { model }),
      });
      const { terminal } = context;
      if (options.json === true) terminal.print(toJsonText(tested));
      else if (tested.error === null) terminal.print(toAnswerText(tested));
      for (const line of options.json === true ? [] : toTalk(tested)) terminal.say(line);
      return toExitCode(tested);
    } finally {
      client.close();
    }
  },
});

function toAnswerText(tested: ProviderTestView): string {
  const { provider, model, response_model: answered, latency_ms: ms, usage } = tested;
  const other = answered === null || answered === model ? "" : ` (as ${toOneLine(answered)})`;
  const cost = tested.cost_usd === null ? "unpriced" : toCostText(tested.cost_usd);
  const tokens = `${usage.input_tokens} tokens in, ${usage.output_tokens} out`;
  return `${toOneLine(provider)} works: ${toOneLine(model)}${other} answered in ${ms} ms, ${cost} (${tokens}).`;
}

function toTalk({ provider, model, latency_ms: ms, warnings, error }: ProviderTestView): string[] {
  const notes = warnings.map((warning) => toPlainText(warning));
  if (error === null) return notes;
  const head = `profclaw: ${toOneLine(provider)} does not work (${error.code}, ${toOneLine(model)}, after ${ms} ms):`;
  return [...notes, `${head} ${toPlainText(error.detail)}`, `  ${toPlainText(error.hint)}`];
}

function toExitCode({ error }: ProviderTestView): number {
  if (error === null) return 0;
  return settingFaults.has(error.code) ? configExitCode : 1;
}
