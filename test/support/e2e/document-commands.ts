/* What the documents tell people to type, letter by letter. */

export const spawnTasks = [
  "Review the authentication module for security issues",
  "Check test coverage for the API routes",
  "Audit environment variable usage",
] as const;

export const spawnCommand = `profclaw agent spawn \\
  --count 3 \\
  --task "Review the authentication module for security issues" \\
  --task "Check test coverage for the API routes" \\
  --task "Audit environment variable usage"`;

export const spawnCurl = `curl -X POST http://localhost:3000/api/agents/sessions \\
  -H "Content-Type: application/json" \\
  -d '{
    "sessions": [
      {
        "task": "Review auth module for vulnerabilities",
        "provider": "anthropic",
        "model": "claude-sonnet-4-6",
        "tools": ["read_file", "grep", "glob"]
      },
      {
        "task": "Check test coverage",
        "provider": "anthropic",
        "tools": ["read_file", "test_run", "glob"]
      }
    ],
    "timeout": 300000
  }'`;

/** The document's request, on the port that was free. */
export function toSpawnCurl(port: number): string {
  return spawnCurl.replace("localhost:3000", `localhost:${port}`);
}

/** A team, each of its sessions with a model of its own. */
export const teamYaml = `# Fast agent for search and exploration
- provider: groq
  model: llama-3.3-70b
  task: "Find all API endpoints"

# Powerful agent for analysis
- provider: anthropic
  model: claude-sonnet-4-6
  task: "Analyze the codebase architecture"
`;
