import { checkCycles, checkFloors, checkPure, checkResolved } from "./import-rules.ts";
import type { SourceFile, Violation } from "./source-tree.ts";
import {
  checkAny,
  checkBarrels,
  checkDefaultExports,
  checkEnvironment,
  checkFileSizes,
  checkFunctions,
  checkLeftOvers,
  checkNames,
} from "./text-rules.ts";

/** What is read, and so what the rules hold for. */
export const sourceFolders = ["src", "test", "bench", "bin"] as const;

/** Every rule over the whole tree; nothing is excepted. */
export function checkArchitecture(files: readonly SourceFile[]): Violation[] {
  const rules = [
    checkFloors,
    checkResolved,
    checkCycles,
    checkPure,
    checkEnvironment,
    checkFileSizes,
    checkFunctions,
    checkNames,
    checkDefaultExports,
    checkBarrels,
    checkAny,
    checkLeftOvers,
  ];
  return rules.flatMap((rule) => rule(files));
}
