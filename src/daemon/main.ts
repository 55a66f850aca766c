import { holdState } from "./hold-state.ts";
import { startDaemon } from "./start-daemon.ts";

/* The daemon as a client starts it, below the supervisor: in the background, ending when idle. */

process.exitCode = await startDaemon(holdState);
