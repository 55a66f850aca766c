import { ackKey } from "./schema/ack-key.ts";
import { approvalTables } from "./schema/approval-tables.ts";
import { budgetTables } from "./schema/budget-tables.ts";
import { findingTables } from "./schema/finding-tables.ts";
import { firstTables } from "./schema/first-tables.ts";
import { flowTables } from "./schema/flow-tables.ts";
import { goneSessions } from "./schema/gone-sessions.ts";
import { journalEnd } from "./schema/journal-end.ts";
import { mailboxTables } from "./schema/mailbox-tables.ts";
import { messageDelivery } from "./schema/message-delivery.ts";
import { outboxWaiting } from "./schema/outbox-waiting.ts";
import { searchOfFindings } from "./schema/search-of-findings.ts";
import { searchTables } from "./schema/search-tables.ts";
import { snapshotPlace } from "./schema/snapshot-place.ts";
import { specStance } from "./schema/spec-stance.ts";
import { threadTables } from "./schema/thread-tables.ts";
import { tokenTables } from "./schema/token-tables.ts";
import { webhookTables } from "./schema/webhook-tables.ts";

/**
 * The schema, step by step, each in a file of its own. The number of a step is its place, counted from 1, and is what
 * `user_version` holds. A step that was released never changes; a new one is added at the end.
 */
export const migrations: readonly string[] = [
  firstTables,
  budgetTables,
  messageDelivery,
  goneSessions,
  approvalTables,
  snapshotPlace,
  journalEnd,
  specStance,
  webhookTables,
  outboxWaiting,
  mailboxTables,
  searchTables,
  ackKey,
  findingTables,
  threadTables,
  searchOfFindings,
  tokenTables,
  flowTables,
];
