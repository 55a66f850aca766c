import type { SessionId } from "../core/id.ts";

/** A session that wants a slot. */
export interface PoolEntry {
  sessionId: SessionId;
  /** The tree it belongs to: slots are shared out evenly between trees. */
  rootId: string;
  /** Higher first. */
  priority: number;
  /** Whose models it calls: some may run only so many at once. */
  provider: string;
  /** The agent whose program is still to be started for it; null or left out: there is none. */
  starts?: string | null;
}

/** The most sessions of a provider that may run at once; undefined: as many as there are places. */
export type ProviderLimit = (provider: string) => number | undefined;

/** What else says who may run. */
export interface PoolLimits {
  ofProvider?: ProviderLimit;
  /** False: those that would start such an agent are passed over. */
  mayStart?: (agent: string) => boolean;
}

/**
 * Who may run: never more than `size` at once; the highest priority first, then the tree with the
 * fewest running sessions, then the one served longest ago, then first come first served. A session
 * that comes back from a wait stands before the fresh ones of its tree. Whose provider has as many as it may
 * is passed over.
 */
export interface Pool {
  readonly size: number;
  readonly running: number;
  readonly queued: number;
  /** True if `take` would give one. */
  readonly hasNext: boolean;
  enqueue(entry: PoolEntry, place: "front" | "back"): void;
  /** Takes the next one that may run, and its slot; undefined if none may. */
  take(): PoolEntry | undefined;
  /** Gives a taken slot back, or leaves the queue. */
  remove(sessionId: SessionId): void;
  resize(size: number): void;
}

export function createPool(size: number, limits: PoolLimits = {}): Pool {
  return new FairPool(size, limits);
}

interface Tree {
  running: number;
  servedAt: number;
  queues: Map<number, PoolEntry[]>;
}

interface Choice {
  tree: Tree;
  priority: number;
  queue: PoolEntry[];
  /** Which of the queue: the first whose provider has room. */
  at: number;
}

class FairPool implements Pool {
  size: number;
  private served = 0;
  private readonly limits: PoolLimits;
  private readonly byProvider = new Map<string, number>();
  private readonly trees = new Map<string, Tree>();
  private readonly taken = new Map<SessionId, PoolEntry>();
  private readonly waiting = new Map<SessionId, PoolEntry>();

  constructor(size: number, limits: PoolLimits) {
    this.size = size;
    this.limits = limits;
  }

  get running(): number {
    return this.taken.size;
  }

  get queued(): number {
    return this.waiting.size;
  }

  get hasNext(): boolean {
    return this.waiting.size > 0 && this.taken.size < this.size && this.find() !== undefined;
  }

  enqueue(entry: PoolEntry, place: "front" | "back"): void {
    const tree = this.treeOf(entry.rootId);
    const queue = tree.queues.get(entry.priority) ?? [];
    if (place === "front") queue.unshift(entry);
    else queue.push(entry);
    tree.queues.set(entry.priority, queue);
    this.waiting.set(entry.sessionId, entry);
  }

  take(): PoolEntry | undefined {
    if (this.taken.size >= this.size) return undefined;
    const best = this.find();
    const [entry] = best?.queue.splice(best.at, 1) ?? [];
    if (best === undefined || entry === undefined) return undefined;
    if (best.queue.length === 0) best.tree.queues.delete(best.priority);
    this.served += 1;
    best.tree.running += 1;
    best.tree.servedAt = this.served;
    this.waiting.delete(entry.sessionId);
    this.taken.set(entry.sessionId, entry);
    this.count(entry, 1);
    return entry;
  }

  remove(sessionId: SessionId): void {
    const running = this.taken.get(sessionId);
    const queued = this.waiting.get(sessionId);
    if (running !== undefined) {
      this.treeOf(running.rootId).running -= 1;
      this.count(running, -1);
    }
    if (queued !== undefined) this.leaveQueue(queued);
    this.taken.delete(sessionId);
    const rootId = (running ?? queued)?.rootId;
    if (rootId !== undefined) this.forgetIfIdle(rootId);
  }

  resize(size: number): void {
    this.size = size;
  }

  private find(): Choice | undefined {
    const blocked = new Set<string>();
    for (const [provider, running] of this.byProvider) {
      if (running >= (this.limits.ofProvider?.(provider) ?? Number.POSITIVE_INFINITY)) blocked.add(provider);
    }
    // Asked once for each kind, not for each of a thousand that wait.
    const answers = new Map<string, boolean>();
    const mayStart = (agent: string): boolean => {
      const answer = answers.get(agent) ?? this.limits.mayStart?.(agent) ?? true;
      answers.set(agent, answer);
      return answer;
    };
    return chooseTree(
      this.trees.values(),
      ({ provider, starts }) => !blocked.has(provider) && (!starts || mayStart(starts)),
    );
  }

  private count({ provider }: PoolEntry, change: number): void {
    const running = (this.byProvider.get(provider) ?? 0) + change;
    if (running === 0) this.byProvider.delete(provider);
    else this.byProvider.set(provider, running);
  }

  private treeOf(rootId: string): Tree {
    const tree = this.trees.get(rootId) ?? {
      running: 0,
      servedAt: 0,
      queues: new Map<number, PoolEntry[]>(),
    };
    this.trees.set(rootId, tree);
    return tree;
  }

  private leaveQueue(entry: PoolEntry): void {
    const { queues } = this.treeOf(entry.rootId);
    const rest = (queues.get(entry.priority) ?? []).filter((other) => other !== entry);
    if (rest.length === 0) queues.delete(entry.priority);
    else queues.set(entry.priority, rest);
    this.waiting.delete(entry.sessionId);
  }

  private forgetIfIdle(rootId: string): void {
    const tree = this.trees.get(rootId);
    if (tree?.running === 0 && tree.queues.size === 0) this.trees.delete(rootId);
  }
}

type MayRun = (entry: PoolEntry) => boolean;

function chooseTree(trees: Iterable<Tree>, mayRun: MayRun): Choice | undefined {
  let best: Choice | undefined;
  for (const tree of trees) {
    const choice = chooseEntry(tree, mayRun);
    if (choice !== undefined && (best === undefined || isBefore(choice, best))) best = choice;
  }
  return best;
}

function chooseEntry(tree: Tree, mayRun: MayRun): Choice | undefined {
  const priorities = [...tree.queues.keys()].toSorted((a, b) => b - a);
  for (const priority of priorities) {
    const queue = tree.queues.get(priority) ?? [];
    const at = queue.findIndex(mayRun);
    if (at !== -1) return { tree, priority, queue, at };
  }
  return undefined;
}

function isBefore(a: Choice, b: Choice): boolean {
  if (a.priority !== b.priority) return a.priority > b.priority;
  if (a.tree.running !== b.tree.running) return a.tree.running < b.tree.running;
  return a.tree.servedAt < b.tree.servedAt;
}
