import { setTimeout as sleep } from "node:timers/promises";
import type { Env } from "../config/environment.ts";
import { parseFailpoints } from "../config/failpoints.ts";
import { type FailpointAction, createFailpoints } from "../core/failpoint.ts";
import type { Store } from "../store/store.ts";
import { withFailpoints } from "../store/with-failpoints.ts";

/**
 * What the environment arms, as a step that opened stores go through; where it arms nothing, the
 * store comes out as it went in. Throws config-invalid for what is no failpoint.
 */
export function toFailpointStep(env: Env): (store: Store) => Store {
  const armed = parseFailpoints(env);
  if (armed.length === 0) return (store) => store;
  const failpoints = createFailpoints(armed, act);
  return (store) => withFailpoints(store, failpoints);
}

async function act(action: Exclude<FailpointAction, { kind: "throw" }>): Promise<void> {
  switch (action.kind) {
    case "kill":
      process.kill(process.pid, "SIGKILL");
      return;
    case "stop":
      process.kill(process.pid, "SIGSTOP");
      return;
    case "delay":
      await sleep(action.ms);
  }
}
