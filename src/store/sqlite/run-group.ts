import { StaleEpochError } from "../store.ts";
import type { StoreCall } from "./calls.ts";
import { discardCall, isWrite, runCall } from "./calls.ts";
import type { Scope } from "./connection.ts";
import { toStoreError } from "./sqlite-errors.ts";

export type CallOutcome = { kind: "answer"; value: unknown } | { kind: "error"; error: unknown };

export interface GroupOutcome {
  /** In the order of the calls. */
  outcomes: CallOutcome[];
  /** How many transactions were committed: 1, unless something failed or nothing was written. */
  commits: number;
}

/**
 * Runs the calls in order in one transaction; a failing one is undone alone. Should the transaction
 * itself be lost (a full disk takes all of it), each call is run once more in one of its own, so
 * that only those fail that have to.
 */
export function runGroup(scope: Scope, calls: readonly StoreCall[]): GroupOutcome {
  if (!calls.some(isWrite)) return { outcomes: calls.map((call) => attempt(scope, call)), commits: 0 };
  const refusal = beginWriting(scope);
  if (refusal !== undefined)
    return { outcomes: calls.map((call) => refuse(scope, call, refusal)), commits: 0 };
  const outcomes = commitTogether(scope, calls);
  if (outcomes !== undefined) return { outcomes, commits: 1 };
  return runOneByOne(scope, calls);
}

/** Takes the write lock for our epoch, or says why not: nothing is open then. */
function beginWriting(scope: Scope): CallOutcome | undefined {
  try {
    scope.statement("BEGIN IMMEDIATE").run();
    const epoch = scope.statement("SELECT epoch FROM meta").get()?.["epoch"];
    if (epoch === scope.epoch) return undefined;
    throw new StaleEpochError(
      `Epoch ${scope.epoch} is over: a later daemon (${String(epoch)}) owns this state.`,
    );
  } catch (error) {
    rollBack(scope);
    return toFailure(error);
  }
}

/** A group that may not write can still read. */
function refuse(scope: Scope, call: StoreCall, refusal: CallOutcome): CallOutcome {
  return isWrite(call) ? refusal : attempt(scope, call);
}

/** Undefined if the transaction was lost. */
function commitTogether(scope: Scope, calls: readonly StoreCall[]): CallOutcome[] | undefined {
  try {
    const outcomes = calls.map((call) => (isWrite(call) ? attemptAlone(scope, call) : attempt(scope, call)));
    scope.statement("COMMIT").run();
    return outcomes;
  } catch {
    rollBack(scope);
    return undefined;
  }
}

/** A write in a savepoint. Throws only if the whole transaction is gone. */
function attemptAlone(scope: Scope, call: StoreCall): CallOutcome {
  scope.statement("SAVEPOINT call").run();
  const outcome = attempt(scope, call);
  if (outcome.kind === "error") {
    if (!scope.database.isTransaction) throw outcome.error;
    scope.statement("ROLLBACK TO call").run();
    discardCall(scope, call);
  }
  scope.statement("RELEASE call").run();
  return outcome;
}

function attempt(scope: Scope, call: StoreCall): CallOutcome {
  try {
    return { kind: "answer", value: runCall(scope, call) };
  } catch (error) {
    return toFailure(error);
  }
}

function runOneByOne(scope: Scope, calls: readonly StoreCall[]): GroupOutcome {
  const outcomes = calls.map((call) => (isWrite(call) ? commitAlone(scope, call) : attempt(scope, call)));
  const committed = calls.filter((call, index) => isWrite(call) && outcomes[index]?.kind === "answer");
  return { outcomes, commits: committed.length };
}

function commitAlone(scope: Scope, call: StoreCall): CallOutcome {
  const refusal = beginWriting(scope);
  if (refusal !== undefined) return refusal;
  try {
    const value = runCall(scope, call);
    scope.statement("COMMIT").run();
    return { kind: "answer", value };
  } catch (error) {
    rollBack(scope);
    discardCall(scope, call);
    return toFailure(error);
  }
}

function rollBack(scope: Scope): void {
  if (scope.database.isTransaction) scope.statement("ROLLBACK").run();
}

function toFailure(error: unknown): CallOutcome {
  return { kind: "error", error: toStoreError(error) };
}
