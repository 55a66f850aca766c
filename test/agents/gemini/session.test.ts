import { tryAcpAgent } from "../acp-suite.ts";

tryAcpAgent({
  name: "gemini",
  isMain: ({ path, toolNames }) => path.includes(":streamGenerateContent") && toolNames.length > 0,
  shell: (command) => ({ name: "run_shell_command", input: { command, description: "work" } }),
  write: (file) => ({ name: "write_file", input: { file_path: file, content: "made\n" } }),
  inbox: "mcp_profclaw_inbox",
  own: [
    "activate_skill",
    "enter_plan_mode",
    "glob",
    "google_web_search",
    "grep_search",
    "list_background_processes",
    "list_directory",
    "list_mcp_resources",
    "read_background_output",
    "read_file",
    "read_mcp_resource",
    "replace",
    "run_shell_command",
    "update_topic",
    "web_fetch",
    "write_file",
  ],
  echo: "mcp_words_echo",
  settings: (words) => ({
    file: ".gemini/settings.json",
    text: JSON.stringify({ mcpServers: { words: { ...words, trust: true } } }),
  }),
  resumesAfterTools: false,
});
