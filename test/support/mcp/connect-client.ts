import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { binPath } from "../e2e/stage.ts";

/** A client of the official SDK over `profclaw mcp`, as an agent's program has one. */
export interface McpStage extends AsyncDisposable {
  client: Client;
  /** The bridge's process. */
  pid(): number;
  /** The structured answer of a tool; a refusal is thrown as ToolRefusal. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- a test says what it expects there
  call<Answer>(name: string, args?: Record<string, unknown>): Promise<Answer>;
}

/** What a model reads of a refused call. */
export interface FailureSeen {
  code: string;
  detail: string;
  pointer?: string;
  retryable: boolean;
  next: string;
}

export class ToolRefusal extends Error {
  readonly failure: FailureSeen;

  constructor(failure: FailureSeen) {
    super(`${failure.code}: ${failure.detail}`);
    this.failure = failure;
  }
}

export interface ConnectOptions {
  /** Left out: the handshake of 2025. */
  version?: "2026-07-28";
  args?: readonly string[];
  cwd?: string;
  env?: Record<string, string>;
}

/** Starts the bridge as a client does, and shakes hands. */
export async function connectClient(
  stage: { workspace: string; env: Readonly<Record<string, string | undefined>> },
  options: ConnectOptions = {},
): Promise<McpStage> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [binPath, "mcp", ...(options.args ?? [])],
    cwd: options.cwd ?? stage.workspace,
    env: withoutMissing({ ...stage.env, ...options.env }),
    stderr: "ignore",
  });
  const client = new Client(
    { name: "test-client", version: "1.0.0" },
    options.version === undefined ? {} : { versionNegotiation: { mode: { pin: options.version } } },
  );
  await client.connect(transport);
  return {
    client,
    pid: () => transport.pid ?? 0,
    call: (name, args) => callTool(client, name, args),
    [Symbol.asyncDispose]: () => client.close(),
  };
}

function withoutMissing(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** A tool's structured answer. Throws ToolRefusal. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- a test says what it expects there
export async function callTool<Answer>(
  client: Client,
  name: string,
  args: Record<string, unknown> = {},
): Promise<Answer> {
  const answer = await client.callTool({ name, arguments: args });
  const [first] = answer.content;
  if (answer.isError !== true) return answer.structuredContent as Answer;
  const text = first?.type === "text" ? first.text : "{}";
  throw new ToolRefusal((JSON.parse(text) as { error: FailureSeen }).error);
}

/** The refusal of a call that must be refused. */
export async function refusalOf(call: Promise<unknown>): Promise<FailureSeen> {
  const thrown = await call.then(
    (answer) => new Error(`It was answered: ${JSON.stringify(answer)}`),
    (error: unknown) => error,
  );
  if (thrown instanceof ToolRefusal) return thrown.failure;
  throw thrown;
}
