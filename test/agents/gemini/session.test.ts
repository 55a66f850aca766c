import { tryAcpAgent } from "../acp-suite.ts";

tryAcpAgent({
  name: "gemini",
  isMain: ({ path, toolNames }) => path.includes(":streamGenerateContent") && toolNames.length > 0,
  shell: (command) => ({ name: "run_shell_command", input: { command, description: "work" } }),
  write: (file) => ({ name: "write_file", input: { file_path: file, content: "made\n" } }),
  inbox: "mcp_profclaw_inbox",
  echo: "mcp_words_echo",
  settings: (words) => ({
    file: ".gemini/settings.json",
    text: JSON.stringify({ mcpServers: { words: { ...words, trust: true } } }),
  }),
  resumesAfterTools: false,
});
