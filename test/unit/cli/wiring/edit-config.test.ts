import { expect, test } from "vitest";
import { editConfig } from "../../../../src/cli/wiring/edit-config.ts";
import { type KnownClient, clientNames, findClient } from "../../../../src/cli/wiring/known-clients.ts";

const place = { env: { HOME: "/home/ann" }, platform: "linux" };
const client = (name: string): KnownClient => findClient(name, ["profclaw", "mcp"], place);

const jsonc = `{
  // mine
  "theme": "dark", /* stays */
  "mcpServers": {
    "other": { "command": "x" },
  },
}
`;
const toml = `# mine
model = "gpt"

[mcp_servers.other] # stays
command = "x"

[profiles.a]
text = """
[not.a.table]
"""
`;

test.each(clientNames)("%s: into an empty file, twice is once, and out again", (name) => {
  const made = editConfig("", client(name), "install");
  expect(made).toContain("profclaw");
  expect(editConfig(made, client(name), "install")).toBe(made);
  expect(editConfig(made, client(name), "uninstall")).not.toContain("profclaw");
  expect(editConfig("", client(name), "uninstall")).toBe("");
});

test("comments and all entries of a JSON file stay, and uninstall takes just our entry", () => {
  const made = editConfig(jsonc, client("gemini"), "install");
  for (const kept of ["// mine", '"theme": "dark", /* stays */', '"command": "x"'])
    expect(made).toContain(kept);
  const gone = editConfig(made, client("gemini"), "uninstall");
  expect(gone).not.toContain("profclaw");
  for (const kept of ["// mine", '"theme": "dark", /* stays */', '"command": "x"'])
    expect(gone).toContain(kept);
});

test("a TOML file comes back byte for byte, with tables below ours gone too", () => {
  const made = editConfig(toml, client("codex"), "install");
  expect(made.startsWith(toml)).toBe(true);
  expect(editConfig(made, client("codex"), "uninstall")).toBe(toml);
  const more = `${made}\n[mcp_servers.profclaw.env]\nA = "b"\n`;
  expect(editConfig(more, client("codex"), "install")).toBe(more);
  expect(editConfig(more, client("codex"), "uninstall")).toBe(toml);
});

test.each([
  ["gemini", '{\n  "a": }', /:? it is not JSON at 2:8/],
  ["gemini", "[]", /is not a JSON object/],
  ["gemini", '{ "mcpServers": [] }', /its mcpServers is not a table/],
  ["codex", "a = 1\nb = = 2\n", /it is not TOML at 2:/],
  ["codex", 'mcp_servers = { other = { command = "x" } }\n', /not TOML|not safe to change/],
  ["claude", '{ "mcpServers": { "profclaw": { "command": "else" } } }', /has another entry/],
])("%s: %j is refused", (name, text, why) => {
  expect(() => editConfig(text, client(name), "install")).toThrow(why);
});

test("an inline entry of ours in TOML is not torn out of its line", () => {
  const inline = 'mcp_servers = { profclaw = { command = "profclaw", args = ["mcp"] } }\n';
  expect(editConfig(inline, client("codex"), "install")).toBe(inline);
  expect(() => editConfig(inline, client("codex"), "uninstall")).toThrow(/not safe to change/);
});

test("an unknown client is refused with the nearest", () => {
  expect(() => client("cladue")).toThrow(/Did you mean claude/);
});
