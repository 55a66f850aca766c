import { z } from "zod";
import { type Budget, findLimitsFault } from "../../core/budget.ts";
import { parseDuration } from "../../core/duration.ts";
import { knownProviders } from "../../core/known-providers.ts";
import { parseUsd } from "../../core/money.ts";
import { efforts } from "../../core/session.ts";
import { isHintPhrase } from "../../core/hint.ts";
import { type AgentEntry, agentEntrySchema, findAgentNameFault } from "../agent-entries.ts";
import { mcpEntrySchema, serverNamePattern } from "../mcp-servers.ts";
import { isWebhookSecret, webhookEvents } from "../../core/webhook.ts";

const weekMs = 7 * 24 * 3_600_000;

function whole(most: number): z.ZodType<number> {
  const error = `must be a whole number, 1 to ${most}`;
  return z.int({ error }).min(1, { error }).max(most, { error });
}

function word(what: string, pattern: RegExp): z.ZodType<string> {
  return z.string({ error: `must be ${what}` }).regex(pattern, { error: `must be ${what}` });
}

const printable = /^[\x21-\x7e]{1,4096}$/;
const secret = word("text without spaces, at most 4096 characters", printable);
const name = word("a name, at most 200 characters", /^\S.{0,199}$/);
const rules = z
  .array(word("one text; put it in quotes", /\S/), { error: "must be a list; begin each line with -" })
  .max(1_000, { error: "must have at most 1000 entries" });

const httpUrl = z.string({ error: "must be an http(s) URL" }).refine(isHttpUrl, {
  error: "must be an http(s) URL, without user and password in it",
});

function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
}

const usd = z
  .union([z.string(), z.number()], { error: "must be an amount in USD" })
  .refine((value) => parseUsd(value) !== undefined, {
    error: "must be an amount in USD above 0, at most 1000000, with up to six decimals",
  })
  .transform(String);

export const timeText = z
  .union([z.string(), z.number()], { error: 'must be a time like "5m"' })
  .transform((value) => parseDuration(String(value)) ?? 0)
  .refine((ms) => ms >= 1 && ms <= weekMs, { error: 'must be a time like "90s", "5m" or "1h", at most 7d' });

const provider = z.strictObject({
  kind: z.literal("openai-compatible", { error: 'must be "openai-compatible"' }).optional(),
  base_url: httpUrl.optional(),
  api_key: secret.optional(),
  api_key_env: word("the name of an environment variable", /^[A-Za-z_]\w{0,99}$/).optional(),
  model: name.optional(),
  max_concurrent: whole(10_000).optional(),
  requests_per_minute: whole(1e9).optional(),
  tokens_per_minute: whole(1e9).optional(),
});

const role = z.strictObject({
  description: z.string({ error: "must be text" }).max(200, { error: "at most 200 characters" }).optional(),
  stance: z.string({ error: "must be text" }).max(32_768, { error: "at most 32768 characters" }).optional(),
  provider: name.optional(),
  model: name.optional(),
  tools: z.array(name, { error: "must be a list" }).optional(),
  effort: z.enum(efforts, { error: `must be one of ${efforts.join(", ")}` }).optional(),
  permission_mode: name.optional(),
});

const hint = z.strictObject({
  tool: name.optional(),
  advice: z.string({ error: "must be text" }).min(1).max(1_000, { error: "at most 1000 characters" }),
  phrases: z
    .array(
      z.string({ error: "must be text" }).refine(isHintPhrase, {
        error: "must be one to eight words in lower case; * may end a word, ... stand between two",
      }),
      { error: "must be a list" },
    )
    .min(1)
    .max(200),
});

/** Every level but full: that one is a person's own word each time. */
export const defaultLevels = [
  "deny",
  "allowlist",
  "acceptEdits",
  "ask",
  "auto",
  "plan",
  "dontAsk",
  "default",
] as const;

const budgets = z.strictObject({
  day: usd.optional(),
  day_tokens: whole(999_999_999_999_999).optional(),
  month: usd.optional(),
  month_tokens: whole(999_999_999_999_999).optional(),
});

/** The file's sections. Keys are as they are written; what is not here is refused by its name. */
export const configSchema = z.strictObject({
  provider: name.optional(),
  model: name.optional(),
  providers: z
    .record(word("lower case letters, digits and dashes", /^[a-z][a-z0-9-]{0,63}$/), provider)
    .superRefine(refuseHalfProviders)
    .optional(),
  pool: z
    .strictObject({
      mode: z.enum(["pico", "mini", "pro"], { error: "must be pico, mini or pro" }).optional(),
      max_concurrent: whole(10_000).optional(),
      timeout: timeText.optional(),
    })
    .optional(),
  budgets: budgets.superRefine(refuseDayAboveMonth).optional(),
  policy: z
    .strictObject({
      mode: z.enum(defaultLevels, { error: `must be one of ${defaultLevels.join(", ")}` }).optional(),
      allow: rules.optional(),
      ask: rules.optional(),
      deny: rules.optional(),
      hosts: rules.optional(),
    })
    .optional(),
  mcpServers: z
    .record(word("up to 32 letters, digits, - and single _", serverNamePattern), mcpEntrySchema)
    .optional(),
  agents: z
    .record(word("lower case letters, digits and dashes", /^[a-z][a-z0-9-]{0,31}$/), agentEntrySchema)
    .superRefine(refuseKnownAgents)
    .optional(),
  roles: z.record(word("letters, digits, _, - and .", /^[\w.-]{1,80}$/), role).optional(),
  hints: z.record(word("lower case letters, digits and _", /^[a-z][a-z0-9_]{0,39}$/), hint).optional(),
  webhooks: z
    .array(
      z.strictObject({
        url: httpUrl,
        secret: secret.refine(isWebhookSecret, { error: "must be whsec_ and 24 bytes or more in base64" }),
        events: z
          .array(z.enum(webhookEvents, { error: `must be among ${webhookEvents.join(", ")}` }))
          .optional(),
      }),
      { error: "must be a list" },
    )
    .optional(),
});

export type ConfigValues = z.infer<typeof configSchema>;
type ProviderValues = z.infer<typeof provider>;

function refuseKnownAgents(agents: Record<string, AgentEntry>, context: z.RefinementCtx): void {
  for (const [id, entry] of Object.entries(agents)) {
    const message = findAgentNameFault(id, entry);
    if (message !== undefined) context.addIssue({ code: "custom", path: [id], message });
  }
}

function refuseHalfProviders(providers: Record<string, ProviderValues>, context: z.RefinementCtx): void {
  for (const [id, entry] of Object.entries(providers)) {
    const fault = findProviderFault(id, entry);
    if (fault !== undefined) context.addIssue({ code: "custom", path: [id], message: fault });
  }
}

function findProviderFault(id: string, entry: ProviderValues): string | undefined {
  if (entry.api_key !== undefined && entry.api_key_env !== undefined) {
    return "has api_key and api_key_env: keep one of them";
  }
  if (knownProviders.some((known) => known === id)) {
    return entry.kind === undefined ? undefined : "is a provider that profclaw knows: it needs no kind";
  }
  if (entry.base_url !== undefined) return undefined;
  return `is none of ${knownProviders.join(", ")}: a provider of your own needs a base_url`;
}

function refuseDayAboveMonth(values: z.infer<typeof budgets>, context: z.RefinementCtx): void {
  const fault = findLimitsFault({
    day: toBudget(values.day, values.day_tokens),
    month: toBudget(values.month, values.month_tokens),
  });
  if (fault !== undefined) context.addIssue({ code: "custom", message: fault });
}

function toBudget(amount: string | undefined, tokens: number | undefined): Budget {
  return { microUsd: amount === undefined ? null : (parseUsd(amount) ?? null), tokens: tokens ?? null };
}
