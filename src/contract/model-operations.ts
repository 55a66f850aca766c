import { z } from "zod";
import { defineOperation } from "./define-operation.ts";
import { usageShape } from "./shapes.ts";

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

export const testProvider = defineOperation({
  name: "providers.test",
  method: "POST",
  path: "/providers/test",
  access: "local",
  kind: "call",
  input: z.strictObject({
    provider: z
      .string()
      .min(1)
      .max(100)
      .optional()
      .describe("default: the one that a session takes where none is named"),
    model: z.string().min(1).max(200).optional().describe("default: the provider's own"),
  }),
  output: z.object({
    ok: z.boolean(),
    provider: z.string(),
    model: z.string(),
    requested_model: z.string().nullable(),
    response_model: z.string().nullable().describe("the model that the answer names as its own"),
    latency_ms: z.int().describe("until the answer was whole, or the fault was there"),
    first_text_ms: z.int().nullable(),
    usage: usageShape,
    cost_usd: z.string().nullable().describe("decimal USD; null where nobody knows"),
    warnings: z.array(z.string()),
    error: z
      .object({ code: z.string(), detail: z.string(), hint: z.string().describe("what to do") })
      .nullable(),
  }),
  successStatus: 200,
  example: { provider: "anthropic" },
  summary: "One small real call to a provider. No session is made; the cost is booked.",
});

export type ProviderTestView = z.infer<typeof testProvider.output>;
export type ProviderListView = z.infer<typeof listProviders.output>;
export type ModelListView = z.infer<typeof listModels.output>;
