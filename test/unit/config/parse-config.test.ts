import { expect, test } from "vitest";
import { toPlaceText } from "../../../src/config/file/config-file.ts";
import { parseConfig } from "../../../src/config/file/parse-config.ts";
import { ProfclawError } from "../../../src/core/errors.ts";

function refuse(text: string): string {
  try {
    parseConfig(text, "c.yaml");
  } catch (error) {
    if (error instanceof ProfclawError && error.code === "config-invalid") return error.message;
    throw error;
  }
  throw new Error("it was not refused");
}

const whole = `provider: groq
model: llama-3.3-70b
providers:
  groq: { api_key: "gsk-1", max_concurrent: 4, requests_per_minute: 30, tokens_per_minute: 6000 }
  my-proxy: { kind: openai-compatible, base_url: "http://127.0.0.1:9/v1", api_key_env: MY_KEY, model: m }
pool: { mode: pro, max_concurrent: 20, timeout: 5m }
budgets: { day: "5.00", month: 100, day_tokens: 1000 }
policy:
  mode: auto
  allow: ["Bash(git log:*)"]
  deny:
    - Bash(rm:*)
    - Edit(secrets/**)
roles:
  reviewer: { stance: look closely, tools: [grep], effort: high }
webhooks:
  - { url: "https://hooks.example/x", secret: whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz, events: [batch.ended] }
`;

test("every section is read, and a time is milliseconds", () => {
  const { values } = parseConfig(whole, "c.yaml");
  expect(values.pool).toEqual({ mode: "pro", max_concurrent: 20, timeout: 300_000 });
  expect(values.budgets).toEqual({ day: "5.00", month: "100", day_tokens: 1000 });
  expect(values.roles?.["reviewer"]).toMatchObject({ stance: "look closely", effort: "high" });
  expect(values.providers?.["my-proxy"]?.api_key_env).toBe("MY_KEY");
});

test("the place of each value is kept for errors that are found later", () => {
  const file = parseConfig(whole, "c.yaml");
  const at = (...path: (string | number)[]): string | undefined => {
    const place = file.placeOf(path);
    return place === undefined ? undefined : toPlaceText(place);
  };
  expect(at("policy", "deny", 1)).toBe("c.yaml:13:7");
  expect(at("policy", "allow", 0)).toBe("c.yaml:10:11");
  expect(at("roles", "reviewer", "tools", 0)).toBe("c.yaml:15:45");
  expect(at("policy", "ask", 0)).toBeUndefined();
});

test.each([
  ["", {}],
  ["# only a comment\n", {}],
])("an empty file says nothing: %j", (text, values) => {
  expect(parseConfig(text, "c.yaml").values).toEqual(values);
});

test.each([
  ["pol: { mode: mini }", 'c.yaml:1:1: there is no key "pol". Did you mean pool'],
  [
    "pool:\n  max_concurent: 3",
    'c.yaml:2:3: there is no key "max_concurent" in pool. Did you mean max_concurrent?',
  ],
  [
    "providers:\n  groq:\n    apikey: x",
    'c.yaml:3:5: there is no key "apikey" in providers.groq. Did you mean api_key',
  ],
  ["hints:\n  deploy: { advice: x, phrases: ['Roll OUT'] }", "c.yaml:2:34: hints.deploy.phrases.0"],
  ["hints:\n  deploy: { phrases: [roll] }", "hints.deploy.advice must"],
  [
    "webhooks:\n  - { url: 'https://a.b', secret: whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz, evnts: [] }",
    'c.yaml:2:75: there is no key "evnts" in webhooks.0',
  ],
  [
    "pool: { max_concurrent: 0 }",
    "c.yaml:1:25: pool.max_concurrent is 0; it must be a whole number, 1 to 10000",
  ],
  ["pool: { timeout: soon }", 'pool.timeout is "soon"; it must be a time'],
  ["pool: { timeout: 8d }", "at most 7d"],
  ["pool: { mode: max }", 'pool.mode is "max"; it must be pico, mini or pro'],
  ["budgets: { day: -1 }", "budgets.day is -1; it must be an amount in USD above 0"],
  ["budgets: { day: 10, month: 5 }", "c.yaml:1:10: budgets:"],
  ["providers: { nowhere: { api_key: k } }", "providers.nowhere is none of anthropic"],
  ["providers: { groq: { api_key: a, api_key_env: B } }", "keep one of them"],
  ["providers: { UPPER: { base_url: 'http://a' } }", "c.yaml:1:14: providers.UPPER must be lower case"],
  ["providers: { mine: { base_url: 'ftp://a' } }", "must be an http(s) URL"],
  ["pool: { mode: mini }\npool: { mode: pro }", "c.yaml:2:1: this key is there twice"],
  ["pool: [", "this is not YAML"],
  ["- a\n- b", "c.yaml:1:1: the file"],
  ["a: 1\n---\nb: 2", "this is not YAML"],
  ["pool: !!js/function 'x'", "c.yaml:1:7: a tag"],
  ["__proto__: { polluted: true }", 'there is no key "__proto__"'],
])("%j is refused with its place", (text, told) => {
  expect(refuse(text)).toContain(told);
  expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
});

test("a bomb of aliases is refused and not unfolded", () => {
  const rows = Array.from(
    { length: 9 },
    (_, at) => `r${at + 1}: &a${at + 1} [${Array(9).fill(`*a${at}`).join(",")}]`,
  );
  expect(refuse(`r0: &a0 [x]\n${rows.join("\n")}`)).toContain("aliases");
});

test("no error tells a key, wherever it stands wrong", () => {
  const key = "sk-planted-7f3a";
  for (const text of [
    `providers: { groq: { api_key: "${key} ${key}" } }`,
    `providers: { groq: { api_key: [${key}] } }`,
    `providers: { groq: { api_key: *${key} } }`,
    `providers: { groq: { api_key: !${key} x } }`,
    `providers: { groq: { api_key: "${key} } }`,
    `providers: { mine: { base_url: "https://u:${key}@host" } }`,
    `webhooks: [{ url: x, secret: [${key}] }]`,
    `webhooks: [{ url: "https://a.b", secret: "${key} ${key}" }]`,
  ]) {
    expect(refuse(text)).not.toContain(key);
  }
});

test("an agent that speaks acp has no places in its command: it is told all by its protocol", () => {
  const { values } = parseConfig(
    'agents: { mine: { command: [x, --acp, "{tasks}"], output: acp } }',
    "c.yaml",
  );
  expect(values.agents?.["mine"]).toMatchObject({ command: ["x", "--acp", "{tasks}"], output: "acp" });
  const told = refuse('agents:\n  mine: { command: [x, "--model={model}"], output: acp }\n');
  expect(told).toMatch(/agents\.mine\.command.*leave them out/s);
});
