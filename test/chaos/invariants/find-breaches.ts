import type { Plan } from "../model/plan.ts";
import type { Breach } from "./breach.ts";
import { findDoubledEffects } from "./effects.ts";
import type { Evidence, SeenSession } from "./evidence.ts";
import { findBrokenHistory, findLost, findUnended } from "./kept.ts";
import { findBookedTwice, findIdleRepeats, findPaidTwice, findUnbooked } from "./paid-once.ts";

/** What a fault changes of the rules; what it leaves out holds. */
export interface Exceptions {
  /** Default: every session completes. */
  isExpectedEnd?: (session: SeenSession, plan: Plan | undefined) => boolean;
  /** True where the network itself makes calls fail: then they are repeated without any death. */
  mayRepeat?: boolean;
  /** True where the model names usage that is none. */
  isUsageWild?: boolean;
  /** True where the program's clock is not ours: then its times say nothing of the order of things. */
  hasWrongTimes?: boolean;
}

/** All invariants over one round's evidence; none shares code with the program. */
export function findBreaches(evidence: Evidence, exceptions: Exceptions = {}): Breach[] {
  const isExpectedEnd = exceptions.isExpectedEnd ?? (({ status }: SeenSession) => status === "completed");
  return [
    ...findLost(evidence),
    ...findUnended(evidence, isExpectedEnd),
    ...findBrokenHistory(evidence),
    ...findBookedTwice(evidence),
    ...(exceptions.hasWrongTimes === true ? [] : findPaidTwice(evidence)),
    ...(exceptions.mayRepeat === true ? [] : findIdleRepeats(evidence)),
    ...(exceptions.isUsageWild === true ? [] : findUnbooked(evidence)),
    ...findDoubledEffects(evidence),
  ];
}
