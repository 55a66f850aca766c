import { DamagedStoreError } from "../store/sqlite/damage.ts";
import { StaleEpochError } from "../store/store.ts";
import { exitCodes } from "./exit-codes.ts";

/** Why a daemon can no longer go on with its store: what the log says and what its supervisor is told. */
export interface StoreLoss {
  exitCode: number;
  text: string;
}

/** Null for an error that says nothing about the store as a whole. */
export function toStoreLoss(error: unknown): StoreLoss | null {
  if (error instanceof StaleEpochError) {
    return {
      exitCode: exitCodes.replaced,
      text: `${error.message} This one has written nothing since, and ends.`,
    };
  }
  if (error instanceof DamagedStoreError) {
    return {
      exitCode: exitCodes.damaged,
      text: `The database is damaged: ${error.message} The daemon ends; the next start looks closely and heals it.`,
    };
  }
  return null;
}
