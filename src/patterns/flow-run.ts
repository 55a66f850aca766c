import type { FlowDecision } from "../core/flow/decide-flow.ts";
import type { Expansion } from "../core/flow/expand-step.ts";
import type { FlowEnd, FlowRecord, FlowRow } from "../core/flow/flow.ts";
import { toRowKey } from "../core/flow/flow.ts";
import type { Order } from "../core/flow/order.ts";
import type { SessionId } from "../core/id.ts";
import type { FlowPorts, GateCommand } from "./flow-ports.ts";
import { toSettledRow, toStartedRow } from "./flow-row.ts";
import { FlowRows } from "./flow-rows.ts";
import { judgeFlow } from "./judge-flow.ts";
import { WarmUp } from "./warm-up.ts";
import { type SessionOrder, prepareOrders, spawnPrepared } from "./spawn-orders.ts";

/** As many sessions go into one batch at most. */
const mostPerBatch = 1_000;
/** Gates of one flow look at the same folder: so many at once. */
const mostCommands = 4;

interface RunHooks {
  /** Something of the flow has changed. */
  changed(): void;
  /** It has ended, and that is on disk. */
  ended(): void;
}

/**
 * One flow that lives. What it is to do is decided anew after each change, from its plan and its rows alone; a row
 * is on disk before its session is spawned, so that whoever comes after a crash knows every session there is.
 */
export class FlowRun {
  readonly flow: FlowRecord;
  readonly rows: FlowRows;
  private readonly ports: FlowPorts;
  private readonly hooks: RunHooks;
  private readonly expansions = new Map<string, Expansion>();
  private readonly endedIds = new Set<SessionId>();
  private readonly leave = new AbortController();
  private readonly warmUp: WarmUp;
  private pumping: Promise<void> | undefined;
  private isDirty = false;
  private isCancelled = false;

  constructor(ports: FlowPorts, { flow, rows }: { flow: FlowRecord; rows: FlowRow[] }, hooks: RunHooks) {
    this.ports = ports;
    this.flow = flow;
    this.rows = new FlowRows(rows);
    this.hooks = hooks;
    this.warmUp = new WarmUp(ports.clock, () => void this.pump());
  }

  /** After a start of the daemon: a row whose session never came to be is none. */
  async recover(): Promise<void> {
    const { store } = this.ports.engineParts;
    const unborn: FlowRow[] = [];
    for (const row of this.rows.running()) {
      const session =
        row.batchId === null || row.sessionId === null ? undefined : await store.getSession(row.sessionId);
      if (session === undefined) unborn.push(row);
      else if (row.sessionId !== null) this.endedIds.add(row.sessionId);
    }
    for (const row of unborn) this.rows.drop(row);
    if (unborn.length > 0) await store.dropFlowRows({ id: this.flow.id, keys: unborn.map(toRowKey) });
  }

  noteEnd(id: SessionId): void {
    if (this.rows.ofSession(id) === undefined) return;
    this.endedIds.add(id);
    void this.pump();
  }

  /** The journal of a session has grown. */
  async noteNews(id: SessionId): Promise<void> {
    if (!this.warmUp.isAhead(id)) return;
    const session = await this.ports.engineParts.store.getSession(id);
    if (session !== undefined && session.turns > 0) this.warmUp.follow(id);
  }

  /** Goes on as far as it can; whoever calls meanwhile is served by the same round or the next. */
  pump(): Promise<void> {
    this.isDirty = true;
    this.pumping ??= this.runRounds().finally(() => (this.pumping = undefined));
    return this.pumping;
  }

  /** Nothing more is started; all that lives is ended. */
  async cancel(): Promise<void> {
    this.isCancelled = true;
    this.leave.abort();
    const ids = this.rows
      .running()
      .flatMap(({ batchId, sessionId }) => (batchId === null || sessionId === null ? [] : [sessionId]));
    await this.ports.engine.end(ids, "cancelled");
    for (const id of ids) this.endedIds.add(id);
    await this.pump();
  }

  /** Lets go of it; the next start takes it up. */
  close(): void {
    this.warmUp.close();
    this.leave.abort();
    this.isDirty = false;
  }

  private async runRounds(): Promise<void> {
    try {
      while (this.isDirty && (this.isCancelled || !this.leave.signal.aborted)) {
        this.isDirty = false;
        await this.settleEnded();
        await this.act(judgeFlow(this.flow, this.rows, this.expansions));
        this.hooks.changed();
      }
    } catch (error) {
      if (!this.leave.signal.aborted) this.tellFault(error);
    }
  }

  private async settleEnded(): Promise<void> {
    const ids = [...this.endedIds];
    this.endedIds.clear();
    const { store } = this.ports.engineParts;
    const settled = await Promise.all(
      ids.map(async (id) => {
        const row = this.rows.ofSession(id);
        const session = row?.status === "running" ? await store.getSession(id) : undefined;
        return row === undefined || session === undefined ? undefined : toSettledRow(row, session);
      }),
    );
    await this.put(settled.filter((row) => row !== undefined));
  }

  private async act({ orders, end }: FlowDecision): Promise<void> {
    if (this.isCancelled) return this.finish({ ...toCancelled(end), status: "cancelled" });
    if (end !== null) return this.finish(end);
    const wanted = orders.filter((order) => order.kind === "session");
    const sessions = this.warmUp.choose(wanted, this.rows.all());
    for (let from = 0; from < sessions.length; from += mostPerBatch) {
      await this.spawn(sessions.slice(from, from + mostPerBatch), wanted);
    }
    const running = this.rows.running().filter(({ batchId }) => batchId === null).length;
    const commands = orders.filter((order) => order.kind === "command");
    for (const order of commands.slice(0, Math.max(0, mostCommands - running)))
      await this.startCommand(order);
  }

  private async spawn(orders: readonly SessionOrder[], wanted: readonly SessionOrder[]): Promise<void> {
    const prepared = await prepareOrders(this.ports, this.flow, orders);
    await this.put(prepared.map(({ row }) => row));
    if (this.leave.signal.aborted) return;
    this.warmUp.noteStart(prepared, orders, wanted);
    await spawnPrepared(this.ports, prepared);
    if (prepared.some(({ spec }) => spec === undefined)) this.isDirty = true;
  }

  private async startCommand(order: Extract<Order, { kind: "command" }>): Promise<void> {
    const { unit, attempt, command, timeoutMs } = order;
    const work = this.rows
      .of(unit.step, unit.item)
      .find((row) => row.part === "work" && row.attempt === attempt);
    const sessionId = work?.sessionId ?? this.flow.id;
    const at = this.ports.clock.now();
    const row = toStartedRow(order, { life: this.flow.life, at, batchId: null, sessionId });
    await this.put([row]);
    void this.watchCommand(row, {
      flow: this.flow,
      sessionId,
      command,
      timeoutMs,
      signal: this.leave.signal,
    });
  }

  private async watchCommand(row: FlowRow, gate: GateCommand): Promise<void> {
    try {
      const { passed, report } = await this.ports.runGate(gate);
      const error = passed ? null : report;
      await this.put([{ ...row, status: "completed", passed, error, endedAt: this.ports.clock.now() }]);
      await this.pump();
    } catch (error) {
      if (!gate.signal.aborted) this.tellFault(error);
    }
  }

  private async put(rows: FlowRow[]): Promise<void> {
    if (rows.length === 0) return;
    await this.ports.engineParts.store.putFlowRows({ id: this.flow.id, rows });
    for (const row of rows) this.rows.set(row);
  }

  private async finish(end: FlowEnd): Promise<void> {
    const { clock, engineParts } = this.ports;
    await engineParts.store.endFlow({ id: this.flow.id, at: clock.now(), end });
    this.close();
    this.hooks.ended();
  }

  /** What cannot be gone on with is told; the next start takes the flow up from its rows. */
  private tellFault(error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.ports.log(`flow ${this.flow.id}: ${text}`, { level: "error" });
  }
}

function toCancelled(end: FlowEnd | null): FlowEnd {
  return {
    status: "cancelled",
    reason: "It was cancelled.",
    result: end?.result ?? "",
    missing: end?.missing ?? [],
  };
}
