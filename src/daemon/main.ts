import { enableCompileCache } from "node:module";
import { holdState } from "./hold-state.ts";
import { startDaemon } from "./start-daemon.ts";

/* The daemon as a client starts it, below the supervisor: in the background, ending when idle. */

// Compiled code is kept beside Node's own cache: the second start of a version loads a third faster.
enableCompileCache();

process.exitCode = await startDaemon(holdState);
