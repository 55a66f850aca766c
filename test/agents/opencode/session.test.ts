import { tryAcpAgent } from "../acp-suite.ts";

tryAcpAgent({
  name: "opencode",
  isMain: ({ toolNames }) => toolNames.length > 0,
  shell: (command) => ({ name: "bash", input: { command, description: "work" } }),
  write: (file) => ({ name: "write", input: { filePath: file, content: "made\n" } }),
  inbox: "profclaw_inbox",
  echo: "words_echo",
  resumesAfterTools: true,
});
