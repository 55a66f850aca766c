import type { ModelListView } from "../../contract/model-operations.ts";
import { defineCommand } from "../command.ts";
import { linkDaemon } from "../daemon-link.ts";
import { toJsonText, toOneLine } from "../plain-text.ts";
import { type Column, renderTable } from "../table.ts";

type Model = ModelListView["models"][number];

export const modelsList = defineCommand<{ provider?: string }>({
  name: "models list",
  summary:
    "Models with a known price, in USD per million tokens, and their windows, and what a local Ollama has. * is the provider's default.",
  examples: ["profclaw models list --provider groq", "profclaw models list --json"],
  declare(parser) {
    parser.option("--provider <name>", "of one provider; default all");
  },
  async run({ options }, context) {
    const client = await linkDaemon(context);
    try {
      const { provider } = options;
      const list = await client.listModels(provider === undefined ? {} : { provider });
      const { terminal } = context;
      const table = (): string => renderTable(list.models, columns, terminal.dataWidth()).join("\n");
      terminal.print(options.json === true ? toJsonText(list) : table());
      return 0;
    } finally {
      client.close();
    }
  },
});

const columns: Column<Model>[] = [
  { title: "PROVIDER", text: ({ provider }) => toOneLine(provider), dropOrder: 2 },
  { title: "MODEL", text: (model) => `${toOneLine(model.model)}${model.default ? " *" : ""}`, shrinkTo: 16 },
  { title: "INPUT", text: ({ input_usd }) => `$${input_usd}`, align: "right" },
  { title: "OUTPUT", text: ({ output_usd }) => `$${output_usd}`, align: "right" },
  {
    title: "WINDOW",
    text: ({ context_window }) => (context_window === null ? "" : String(context_window)),
    align: "right",
    dropOrder: 1,
  },
];
