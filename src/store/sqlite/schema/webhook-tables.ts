/** Webhooks. The outbox is filled from the journals: its position says how far, and begins where they end. */
export const webhookTables = `
  CREATE TABLE webhook_endpoints (
    id TEXT PRIMARY KEY,
    url TEXT NOT NULL,
    secret TEXT NOT NULL,
    may_be_private INTEGER NOT NULL,
    gone_at INTEGER
  ) STRICT;

  CREATE TABLE batch_webhooks (
    batch_id TEXT PRIMARY KEY REFERENCES batches (id) ON DELETE CASCADE,
    endpoint TEXT NOT NULL REFERENCES webhook_endpoints (id),
    events TEXT
  ) STRICT;

  CREATE TABLE outbox (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    endpoint TEXT NOT NULL REFERENCES webhook_endpoints (id),
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_at INTEGER,
    UNIQUE (endpoint, id)
  ) STRICT;
  CREATE INDEX outbox_due ON outbox (next_at) WHERE next_at IS NOT NULL;

  CREATE TABLE outbox_position (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    number INTEGER NOT NULL
  ) STRICT;
  INSERT INTO outbox_position SELECT 1, COALESCE(MAX(number), 0) FROM journal;
  `;
