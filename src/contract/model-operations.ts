import { z } from "zod";
import { defineOperation } from "./define-operation.ts";

export const listProviders = defineOperation({
  name: "providers.list",
  method: "GET",
  path: "/providers",
  access: "local",
  kind: "call",
  input: z.strictObject({}),
  output: z.object({
    providers: z.array(
      z.object({
        name: z.string(),
        ready: z
          .boolean()
          .describe(
            "what a call needs is here: its key, or a URL of yours; nobody was asked but a local Ollama, which answers",
          ),
        key_variable: z.string().describe("the variable that brings its key; the key itself is never shown"),
        has_key: z.boolean(),
        base_url: z.string().nullable().describe("null: a provider of yours whose URL is not here"),
        default_model: z.string().nullable().describe("null: a model has to be named"),
      }),
    ),
  }),
  successStatus: 200,
  summary: "The providers there are, in the order in which one is chosen where none is named.",
});

export const listModels = defineOperation({
  name: "models.list",
  method: "GET",
  path: "/models",
  access: "local",
  kind: "call",
  input: z.strictObject({ provider: z.string().min(1).max(100).optional() }),
  output: z.object({
    models: z.array(
      z.object({
        provider: z.string(),
        model: z.string(),
        input_usd: z.number().describe("per million tokens, of the first tier"),
        output_usd: z.number().describe("per million tokens, of the first tier"),
        context_window: z.int().nullable().describe("tokens; null where the list does not know"),
        default: z.boolean().describe("taken where the provider alone is named"),
      }),
    ),
  }),
  successStatus: 200,
  summary:
    "Models with a known price, from the shipped list, and those that a local Ollama has. Others work too, and are shown as unpriced.",
});

export type ProviderListView = z.infer<typeof listProviders.output>;
export type ModelListView = z.infer<typeof listModels.output>;
