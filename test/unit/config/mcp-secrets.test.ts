import { expect, test } from "vitest";
import { listSecrets } from "../../../src/config/mcp-secrets.ts";
import type { McpServer } from "../../../src/config/mcp-servers.ts";
import { createSecretBook } from "../../../src/daemon/log/secret-book.ts";

const base = { name: "words", source: "config.yaml", timeoutMs: null };

test("what a server is handed in its environment is a secret, but for addresses, paths and plain words", () => {
  const env = {
    DB_PASSWORD: "tr0ub4dor&3-horse",
    SESSION: "k9f2-77ab-x1",
    ENDPOINT: "https://example.com/api",
    DSN: "postgres://me:hunter2hunter2@db/words",
    FOLDER: "/srv/words/data",
    MODE: "read-only production",
    PORT: "8080",
  };
  const server: McpServer = { ...base, kind: "stdio", command: "words", args: [], env };
  expect(listSecrets(server)).toEqual([env.DB_PASSWORD, env.SESSION, env.DSN]);
});

test("of a header only what comes after the scheme is one, and a log is without it", () => {
  const headers = { Authorization: "Bearer w0rds-of-mine-77", "X-Tenant": "acme" };
  const secrets = listSecrets({ ...base, kind: "http", url: "http://localhost:1/mcp", headers });
  expect(secrets).toEqual(["w0rds-of-mine-77"]);
  const book = createSecretBook({});
  book.add(() => secrets);
  expect(book.redact("it said w0rds-of-mine-77 and left")).toBe("it said [redacted] and left");
});
