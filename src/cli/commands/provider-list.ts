import type { ProviderListView } from "../../contract/model-operations.ts";
import { defineCommand } from "../command.ts";
import { linkAndGreet } from "../daemon-link.ts";
import { toJsonText, toOneLine } from "../plain-text.ts";
import { type Column, renderTable } from "../table.ts";

type Provider = ProviderListView["providers"][number];

export const providerList = defineCommand({
  name: "provider list",
  summary:
    "The providers there are, whether their key is here, and what they take by default. No key is shown.",
  examples: ["profclaw provider list", "GROQ_API_KEY=… profclaw provider list"],
  async run({ options }, context) {
    // A greeting first: the keys of this shell count.
    const client = await linkAndGreet(context);
    try {
      const list = await client.listProviders({});
      const { terminal } = context;
      const table = (): string => renderTable(list.providers, columns, terminal.dataWidth()).join("\n");
      terminal.print(options.json === true ? toJsonText(list) : table());
      return 0;
    } finally {
      client.close();
    }
  },
});

function toKeyText({ name, has_key: hasKey, ready, key_variable: variable }: Provider): string {
  if (hasKey) return "here";
  return ready || name === "ollama" ? "none needed" : `export ${variable}=…`;
}

function toModelText({ name, ready, default_model: model }: Provider): string {
  if (model !== null) return toOneLine(model);
  if (name !== "ollama") return "has to be named";
  return ready ? "ollama pull qwen3" : "start it: ollama serve";
}

const columns: Column<Provider>[] = [
  { title: "PROVIDER", text: ({ name }) => toOneLine(name) },
  { title: "READY", text: ({ ready }) => (ready ? "yes" : "no") },
  {
    title: "KEY",
    text: toKeyText,
  },
  { title: "MODEL", text: toModelText, shrinkTo: 10 },
  { title: "URL", text: ({ base_url }) => toOneLine(base_url ?? ""), shrinkTo: 12, dropOrder: 1 },
];
