/** What programs get that `import { … } from "profclaw"`. */
export {
  type Client,
  type ClientOptions,
  createClient,
  type InputOf,
  type OutputOf,
} from "./client/create-client.ts";
export type { DaemonAddress } from "./client/connection.ts";
export type { FollowOptions, SessionEvent } from "./client/follow-events.ts";
export type { OutageWatch } from "./client/persist.ts";
export { localDaemon } from "./config/local-daemon.ts";
export type { BatchView, JournalEntryView, SessionView } from "./contract/shapes.ts";
export { type ErrorCode, ProfclawError } from "./core/errors.ts";
