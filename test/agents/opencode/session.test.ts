import { tryAcpAgent } from "../acp-suite.ts";

tryAcpAgent({
  name: "opencode",
  isMain: ({ toolNames }) => toolNames.length > 0,
  shell: (command) => ({ name: "bash", input: { command, description: "work" } }),
  write: (file) => ({ name: "write", input: { filePath: file, content: "made\n" } }),
  inbox: "profclaw_inbox",
  own: [
    "bash",
    "edit",
    "glob",
    "grep",
    "list_mcp_resource_templates",
    "list_mcp_resources",
    "read",
    "read_mcp_resource",
    "skill",
    "todowrite",
    "webfetch",
    "write",
  ],
  echo: "words_echo",
  settings: ({ command, args, env }) => ({
    file: ".config/opencode/opencode.json",
    text: JSON.stringify({
      mcp: { words: { type: "local", command: [command, ...args], environment: env } },
    }),
  }),
  resumesAfterTools: true,
});
