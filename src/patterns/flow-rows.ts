import { type FlowRow, toRowKey } from "../core/flow/flow.ts";
import type { SessionId } from "../core/id.ts";

/** The rows of a live flow in memory, found by item and by session. */
export class FlowRows {
  private readonly byKey = new Map<string, FlowRow>();
  private readonly byItem = new Map<string, Map<string, FlowRow>>();
  private readonly keyBySession = new Map<SessionId, string>();

  constructor(rows: readonly FlowRow[]) {
    for (const row of rows) this.set(row);
  }

  set(row: FlowRow): void {
    const key = toRowKey(row);
    const item = toItemKey(row.step, row.item);
    this.byKey.set(key, row);
    const rows = this.byItem.get(item) ?? new Map<string, FlowRow>();
    this.byItem.set(item, rows.set(key, row));
    // A gate's command stands in the name of the session whose work it looks at.
    if (row.sessionId !== null && row.batchId !== null) this.keyBySession.set(row.sessionId, key);
  }

  drop(row: FlowRow): void {
    const key = toRowKey(row);
    this.byKey.delete(key);
    this.byItem.get(toItemKey(row.step, row.item))?.delete(key);
    if (row.sessionId !== null) this.keyBySession.delete(row.sessionId);
  }

  all(): FlowRow[] {
    return [...this.byKey.values()];
  }

  of(step: string, item: number): FlowRow[] {
    return [...(this.byItem.get(toItemKey(step, item))?.values() ?? [])];
  }

  ofSession(id: SessionId): FlowRow | undefined {
    const key = this.keyBySession.get(id);
    return key === undefined ? undefined : this.byKey.get(key);
  }

  running(): FlowRow[] {
    return this.all().filter(({ status }) => status === "running");
  }
}

function toItemKey(step: string, item: number): string {
  return `${step}/${item}`;
}
