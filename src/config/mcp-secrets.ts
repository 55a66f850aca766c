import type { McpServer } from "./mcp-servers.ts";

/** Addresses, paths and plain words are no secrets, and a log without them says less. */
const plain = /^(?:[a-z][a-z+.-]*:\/\/[^@]*|[~/.].*|[A-Za-z]+(?:[-_. ][A-Za-z]+)*|\d{1,9})$/;

/** What is handed to a server of the user's and must be in no log: values of its environment and its headers. */
export function listSecrets(server: McpServer): string[] {
  const values = server.kind === "http" ? Object.values(server.headers) : Object.values(server.env);
  // "Bearer x": the word before it is said everywhere.
  const bare = values.map((value) => value.replace(/^[A-Za-z]+ +(?=\S+$)/, "").trim());
  return bare.filter((value) => !plain.test(value));
}
