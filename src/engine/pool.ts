import type { SessionId } from "../core/id.ts";

/** A session that wants a slot. */
export interface PoolEntry {
  sessionId: SessionId;
  /** The tree it belongs to: slots are shared out evenly between trees. */
  rootId: string;
  /** Higher first. */
  priority: number;
}

/**
 * Who may run: never more than `size` at once; the highest priority first, then the tree with the
 * fewest running sessions, then the one served longest ago, then first come first served. A session
 * that comes back from a wait stands before the fresh ones of its tree.
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

export function createPool(size: number): Pool {
  return new FairPool(size);
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
}

class FairPool implements Pool {
  size: number;
  private served = 0;
  private readonly trees = new Map<string, Tree>();
  private readonly taken = new Map<SessionId, PoolEntry>();
  private readonly waiting = new Map<SessionId, PoolEntry>();

  constructor(size: number) {
    this.size = size;
  }

  get running(): number {
    return this.taken.size;
  }

  get queued(): number {
    return this.waiting.size;
  }

  get hasNext(): boolean {
    return this.waiting.size > 0 && this.taken.size < this.size;
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
    const best = chooseTree(this.trees.values());
    const entry = best?.queue.shift();
    if (best === undefined || entry === undefined) return undefined;
    if (best.queue.length === 0) best.tree.queues.delete(best.priority);
    this.served += 1;
    best.tree.running += 1;
    best.tree.servedAt = this.served;
    this.waiting.delete(entry.sessionId);
    this.taken.set(entry.sessionId, entry);
    return entry;
  }

  remove(sessionId: SessionId): void {
    const running = this.taken.get(sessionId);
    const queued = this.waiting.get(sessionId);
    if (running !== undefined) this.treeOf(running.rootId).running -= 1;
    if (queued !== undefined) this.leaveQueue(queued);
    this.taken.delete(sessionId);
    const rootId = (running ?? queued)?.rootId;
    if (rootId !== undefined) this.forgetIfIdle(rootId);
  }

  resize(size: number): void {
    this.size = size;
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

function chooseTree(trees: Iterable<Tree>): Choice | undefined {
  let best: Choice | undefined;
  for (const tree of trees) {
    const priority = Math.max(...tree.queues.keys());
    const queue = tree.queues.get(priority);
    if (queue === undefined) continue;
    const choice = { tree, priority, queue };
    if (best === undefined || isBefore(choice, best)) best = choice;
  }
  return best;
}

function isBefore(a: Choice, b: Choice): boolean {
  if (a.priority !== b.priority) return a.priority > b.priority;
  if (a.tree.running !== b.tree.running) return a.tree.running < b.tree.running;
  return a.tree.servedAt < b.tree.servedAt;
}
