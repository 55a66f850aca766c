import type { Clock } from "../core/clock.ts";
import type { IdSource } from "../core/id.ts";
import type { Log } from "../core/log.ts";
import type { MailBell } from "../mailbox/mail-bell.ts";
import type { ModelChoice, ModelWish } from "../core/model-choice.ts";
import type { PriceAtMost } from "../ledger/budget-gate.ts";
import type { Ledger } from "../ledger/open-ledger.ts";
import type { ProviderStanding } from "../providers/catalog.ts";
import type { TurnModel } from "../providers/stream-turn.ts";
import type { AgentBook } from "../runners/external/agent-book.ts";
import type { ParkedRuns } from "../runners/external/parked-runs.ts";
import type { VersionBook } from "../runners/external/probe-version.ts";
import type { Runner } from "../runners/runner.ts";
import type { Store } from "../store/store.ts";
import type { ToolRegistry } from "../tools/registry.ts";
import type { MemoryState } from "./admission.ts";
import type { StartNeed } from "./agent-admission.ts";
import type { CredentialVault } from "./credential-vault.ts";
import type { Hub } from "./hub.ts";
import type { McpBook } from "./mcp-book.ts";
import type { ProviderLimit } from "./pool.ts";
import type { RoleBook } from "./role-book.ts";
import type { RuleBook } from "./rule-book.ts";
import type { RuleSource } from "./rule-source.ts";
import type { TrustBook } from "./trust-book.ts";
import type { TokenDesk } from "./token-desk.ts";
import type { TraceOf, Witness } from "./witness.ts";

export interface ExternalAgents {
  book: AgentBook;
  runner: Runner;
  versions: VersionBook;
  /** What one agent of that name takes to start. */
  startNeedOf: (agent: string) => StartNeed;
  /** Programs of sessions that wait for an answer. */
  parked: Pick<ParkedRuns, "watch" | "end">;
  /** Ends shared programs that an earlier daemon left without a recorder; answers how many. */
  tidyShared(): Promise<number>;
  /** Deletes what agents keep of these conversations in our folder; answers those that have to stay for now. */
  forgetThreads(this: void, threads: readonly string[]): Promise<ReadonlySet<string>>;
  /** The agent that runs a session for which nothing was chosen and no provider has a key; null: ours. */
  standIn(path: string): string | null;
}

/** What the engine stands on; the daemon puts it together. */
export interface EngineParts {
  store: Store;
  clock: Clock;
  newId: IdSource;
  hub: Hub;
  /** Rung when mail is on disk. */
  bell: MailBell;
  /** By agent name. */
  runners: ReadonlyMap<string, Runner>;
  /** Agents that are programs of their own. Left out: there are none. */
  external?: ExternalAgents;
  credentials: CredentialVault;
  /** False where a provider has to wait for a key that is not there. */
  isReady(provider: string): boolean;
  /** How many sessions of a provider may run at once; undefined: as many as the pool has places. */
  providerLimit: ProviderLimit;
  /** What processes of sessions say who they are by. */
  tokens: TokenDesk;
  ruleBook: RuleBook;
  /** What people wrote in settings files. */
  rules: RuleSource;
  /** Which folders' own settings may widen. */
  trust: TrustBook;
  ledger: Ledger;
  priceAtMost: PriceAtMost;
  /** The shipped ones, in the order in which one is chosen, then the person's own. */
  providers: () => Promise<ProviderStanding[]>;
  /** Models that a local server has installed. */
  localModels: () => Promise<string[]>;
  resolveModel(wish: ModelWish): Promise<ModelChoice>;
  /** Throws provider-key-missing. */
  openModel(choice: Pick<ModelChoice, "provider" | "model">): Promise<TurnModel>;
  tools: ToolRegistry;
  roles: RoleBook;
  /** The MCP servers that sessions may be given. */
  mcp: McpBook;
  /** The level of a session that names none; by name or alias, never full. */
  defaultLevel: () => string;
  protectedPaths: readonly string[];
  /** So many programs of agents may be starting at once. */
  mostStarting: number;
  /** How memory stands, and the most that this process may hold; null: what machine and heap allow. */
  memory: { readMemory: () => MemoryState; limitBytes: number | null };
  /** PATH for commands of sessions that brought none. */
  path: string;
  /** For what must be known and no session can say: bugs, refused writes. */
  log: Log;
  /** Who looks on. Left out: nobody. */
  witness?: Witness;
  /** Left out: no spans are made, and callers' own traces are handed on. */
  traceOf?: TraceOf;
}
