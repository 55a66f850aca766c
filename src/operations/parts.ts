import type { Env } from "../config/environment.ts";
import type { Hint } from "../core/hint.ts";
import type { Clock } from "../core/clock.ts";
import type { PoolSettings } from "../config/pool-settings.ts";
import type { RateLimits } from "../config/rate-limits.ts";
import type { Engine } from "../engine/engine.ts";
import type { EngineParts } from "../engine/engine-parts.ts";
import type { FlowEngine } from "../patterns/flow-engine.ts";

/** The pool's settings as they are now, and the one way to change them. */
export interface PoolControl {
  get(): PoolSettings;
  set(next: PoolSettings): void;
}

/** What of the user's file a running daemon takes over when it changes. */
export const configSections = ["pool", "budgets", "rates"] as const;

export type ConfigSection = (typeof configSections)[number];

/** What shells and the user's file bring to a running daemon. */
export interface ConfigControl {
  /** Looks at a shell, and at the file if it has changed. */
  takeIn(shell: Env): {
    /** The shell's settings, with all that counts now of the sections that changed in the file. */
    env: Env;
    /** Sections to be made anew: what stood in the file may be gone. */
    renewed: ReadonlySet<ConfigSection>;
    /** For the person. */
    notes: string[];
    /** Takes it over; answers the providers whose key or URL is another one now. */
    commit(): string[];
  };
  /** Why the file as it is now is not in force; null if it is. */
  fault(): string | null;
  /** Of the file as it is in force. */
  hints(): Hint[];
}

/** What the daemon knows of itself. */
export interface DaemonFacts {
  version: string;
  pid: number;
  startedAt: number;
  home: string;
  /** The folder it was started in: where a session works that names none. */
  cwd: string;
  port(): number | null;
  urls(): string[];
  rssBytes(): number;
  /** How late the event loop was, ms: the worst ten seconds of the last minute. */
  loopDelay(): { p50: number; p99: number; max: number };
  /** What a person should know, e.g. of damage that was healed. */
  notices(): string[];
}

/** What the use cases stand on. */
export interface OperationParts {
  engine: Engine;
  /** The same that the engine has: store, hub, resolver. */
  engineParts: EngineParts;
  flows: FlowEngine;
  clock: Clock;
  pool: PoolControl;
  config: ConfigControl;
  /** Requests and tokens a minute. */
  rates: { get(): RateLimits; set(next: RateLimits): void };
  /** PATH that the latest greeting brought. */
  shellPath: { get(): string | null; set(path: string): void };
  daemon: DaemonFacts;
  /** Puts another admin token in the place of the one there is. */
  rotateToken(): { token: string; path: string };
  /** Drains and ends the daemon. */
  stop(): void;
}
