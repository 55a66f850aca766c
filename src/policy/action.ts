/** What a tool wants to do, in the words of the levels table. Paths are absolute, not yet resolved. */
export type Action =
  | { kind: "read"; path: string }
  | { kind: "write"; path: string }
  | { kind: "test-run"; path: string }
  | { kind: "bash"; command: string }
  | { kind: "network"; host: string }
  /** Spawning, sending, looking at sessions: bounded by the engine, not by the levels. */
  | { kind: "sessions" }
  /** A tool of an MCP server; `textSha256` is of what it says of itself, which may not be what a person saw. */
  | { kind: "mcp"; what: string; textSha256: string; isChanged: boolean }
  | { kind: "rest"; what: string };

/** `ask` needs an approval; `isRuled` if a person's rule wants one each time. `reason` is for the model and the person. */
export type Decision =
  | { kind: "allow" }
  | { kind: "deny"; reason: string }
  | { kind: "ask"; reason: string; isRuled?: true };
