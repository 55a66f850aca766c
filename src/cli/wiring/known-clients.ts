import { join } from "node:path";
import type { Env } from "../../config/environment.ts";
import { toHome } from "../../config/environment.ts";
import { ProfclawError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import { findNearest } from "../../core/nearest.ts";

/** Where a client keeps its MCP servers, and how it writes one. */
export interface KnownClient {
  name: string;
  file: string;
  format: "json" | "toml";
  /** The table of servers in the file. */
  key: string;
  entry: JsonObject;
  /** For people: what makes it take the entry up. */
  next: string;
}

type Spec = Omit<KnownClient, "name" | "entry" | "file"> & {
  file(place: { home: string; env: Env; platform: string }): string;
  entry(argv: readonly string[]): JsonObject;
};

const toCommand = ([command = "", ...args]: readonly string[]): JsonObject => ({ command, args });

/** claude 2.1.330 and codex as their own `mcp add` writes it; the others as their documentation says. */
const specs: Record<string, Spec> = {
  claude: {
    file: ({ home, env }) => join(env["CLAUDE_CONFIG_DIR"] || home, ".claude.json"),
    format: "json",
    key: "mcpServers",
    entry: (argv) => ({ type: "stdio", ...toCommand(argv), env: {} }),
    next: "Start claude anew; claude mcp list shows it.",
  },
  codex: {
    file: ({ home, env }) => join(env["CODEX_HOME"] || join(home, ".codex"), "config.toml"),
    format: "toml",
    key: "mcp_servers",
    entry: toCommand,
    next: "Start codex anew; codex mcp list shows it.",
  },
  gemini: {
    file: ({ home }) => join(home, ".gemini", "settings.json"),
    format: "json",
    key: "mcpServers",
    entry: toCommand,
    next: "Start gemini anew; /mcp shows it.",
  },
  opencode: {
    file: ({ home, env }) =>
      join(env["XDG_CONFIG_HOME"] || join(home, ".config"), "opencode", "opencode.json"),
    format: "json",
    key: "mcp",
    entry: (argv) => ({ type: "local", command: [...argv], enabled: true }),
    next: "Start opencode anew.",
  },
  cursor: {
    file: ({ home }) => join(home, ".cursor", "mcp.json"),
    format: "json",
    key: "mcpServers",
    entry: toCommand,
    next: "Cursor takes it up by itself, or after a restart.",
  },
  vscode: {
    file: ({ home, env, platform }) => {
      const linux = join(env["XDG_CONFIG_HOME"] || join(home, ".config"), "Code");
      const folder = platform === "darwin" ? join(home, "Library", "Application Support", "Code") : linux;
      return join(folder, "User", "mcp.json");
    },
    format: "json",
    key: "servers",
    entry: (argv) => ({ type: "stdio", ...toCommand(argv) }),
    next: "VS Code asks whether to start it: MCP: List Servers.",
  },
};

export const clientNames: readonly string[] = Object.keys(specs);

/** Throws invalid-request with the names there are. */
export function findClient(
  name: string,
  argv: readonly string[],
  { env, platform }: { env: Env; platform: string },
): KnownClient {
  const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
  if (spec !== undefined) {
    const file = spec.file({ home: toHome(env), env, platform });
    return { ...spec, name, file, entry: spec.entry(argv) };
  }
  const [nearest] = findNearest(name, clientNames);
  const guess = nearest === undefined ? "" : ` Did you mean ${nearest}?`;
  throw new ProfclawError("invalid-request", `No client is called ${JSON.stringify(name)}.${guess}`, {
    hint: `There are: ${clientNames.join(", ")}. Any other client: its command is profclaw, its argument mcp.`,
  });
}
