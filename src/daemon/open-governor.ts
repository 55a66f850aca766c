import type { Env } from "../config/environment.ts";
import { parseRateLimits } from "../config/rate-limits.ts";
import { systemClock } from "../core/clock.ts";
import type { CredentialVault } from "../engine/credential-vault.ts";
import type { OperationParts } from "../operations/parts.ts";
import { toKeyFingerprint } from "../providers/governor/key-fingerprint.ts";
import { type RateGovernor, createRateGovernor } from "../providers/governor/rate-governor.ts";

/** The rate governor of a daemon, and the limits a minute that it obeys. Throws config-invalid. */
export function openGovernor(
  env: Env,
  credentials: CredentialVault,
  poolSize: () => number,
): { governor: RateGovernor; rates: OperationParts["rates"] } {
  let limits = parseRateLimits(env);
  const governor = createRateGovernor({
    clock: { now: () => systemClock.elapsedMs() },
    random: () => Math.random(),
    keyOf: (provider) => toKeyFingerprint(credentials.get(provider)),
    startLimit: poolSize,
    limits,
  });
  const rates: OperationParts["rates"] = {
    get: () => limits,
    set(next) {
      limits = next;
      governor.setLimits(next);
    },
  };
  return { governor, rates };
}
