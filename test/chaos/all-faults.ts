import type { Fault } from "./define-fault.ts";
import { agentKills } from "./faults/agent-kills.ts";
import { bigState } from "./faults/big-state.ts";
import { brokenNetwork } from "./faults/broken-network.ts";
import { clockJumps } from "./faults/clock-jumps.ts";
import { endlessModels } from "./faults/endless-models.ts";
import { failpoints } from "./faults/failpoints.ts";
import { fencedTakeover } from "./faults/fenced-takeover.ts";
import { fiveEnds } from "./faults/five-ends.ts";
import { flippedBytes } from "./faults/flipped-bytes.ts";
import { fullDisk } from "./faults/full-disk.ts";
import { mailStorm } from "./faults/mail-storm.ts";
import { malformedStreams } from "./faults/malformed-streams.ts";
import { noisyTools } from "./faults/noisy-tools.ts";
import { orphans } from "./faults/orphans.ts";
import { overloadWall } from "./faults/overload-wall.ts";
import { randomKills } from "./faults/random-kills.ts";
import { retryWall } from "./faults/retry-wall.ts";
import { sigtermLoad } from "./faults/sigterm-load.ts";
import { spawners } from "./faults/spawners.ts";
import { supervisedKills } from "./faults/supervised-kills.ts";
import { takeover } from "./faults/takeover.ts";
import { twoDaemons } from "./faults/two-daemons.ts";

/** Every fault there is, in the order of a whole run. */
export const allFaults: readonly Fault[] = [
  randomKills,
  failpoints,
  agentKills,
  supervisedKills,
  orphans,
  fiveEnds,
  takeover,
  fencedTakeover,
  twoDaemons,
  sigtermLoad,
  bigState,
  fullDisk,
  flippedBytes,
  clockJumps,
  brokenNetwork,
  overloadWall,
  retryWall,
  malformedStreams,
  endlessModels,
  spawners,
  noisyTools,
  mailStorm,
];
