import type { StandingRule } from "../core/approval.ts";
import type { ApprovalStore, RuleRecord } from "../store/approvals.ts";

/** The standing rules, read once: only this daemon changes them. */
export interface RuleBook {
  of(workspace: string): Promise<readonly StandingRule[]>;
  list(): Promise<readonly RuleRecord[]>;
  /** False if there is no such rule. */
  remove(id: string): Promise<boolean>;
  /** The store has new ones. */
  refresh(): void;
}

export function createRuleBook(store: Pick<ApprovalStore, "listRules" | "deleteRule">): RuleBook {
  let known: Promise<readonly RuleRecord[]> | undefined;
  const list = (): Promise<readonly RuleRecord[]> => {
    const reading = (known ??= store.listRules());
    // A read that failed must not be remembered.
    reading.catch(() => (known = known === reading ? undefined : known));
    return reading;
  };
  return {
    list,
    of: async (workspace) =>
      (await list()).filter((record) => record.workspace === workspace).map(({ rule }) => rule),
    async remove(id) {
      try {
        return await store.deleteRule(id);
      } finally {
        known = undefined;
      }
    },
    refresh() {
      known = undefined;
    },
  };
}
