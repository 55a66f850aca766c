/**
 * `sessions` is narrow, and the spec stands apart: every turn rewrites the row, and 500 sessions that
 * move at once then touch some dozen pages. Numbers before texts: counting never reads long results.
 * `number` is the order of acceptance. The journal is keyed by it, so appends of all sessions go to
 * the same last page. The ledger repeats the ids: it outlives the sessions.
 */
export const firstTables = `
  CREATE TABLE meta (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    epoch INTEGER NOT NULL,
    cursor_secret TEXT NOT NULL
  ) STRICT;
  INSERT INTO meta VALUES (1, 0, hex(randomblob(32)));

  CREATE TABLE batches (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    parent_id TEXT,
    created_at INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE sessions (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    batch_id TEXT NOT NULL REFERENCES batches (id),
    parent_id TEXT,
    root_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    status TEXT NOT NULL,
    started_at INTEGER,
    ended_at INTEGER,
    ran_ms INTEGER NOT NULL DEFAULT 0,
    turns INTEGER NOT NULL DEFAULT 0,
    last_seq INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL DEFAULT 0,
    output_tokens INTEGER NOT NULL DEFAULT 0,
    cache_read_tokens INTEGER NOT NULL DEFAULT 0,
    cache_write_tokens INTEGER NOT NULL DEFAULT 0,
    cost_micro_usd INTEGER NOT NULL DEFAULT 0,
    unpriced_calls INTEGER NOT NULL DEFAULT 0,
    reason TEXT,
    wait TEXT,
    error TEXT,
    result TEXT
  ) STRICT;
  CREATE INDEX sessions_by_age ON sessions (created_at);
  CREATE INDEX sessions_by_status ON sessions (status, created_at);
  CREATE INDEX sessions_by_batch ON sessions (batch_id, created_at);
  CREATE INDEX sessions_by_parent ON sessions (parent_id, created_at) WHERE parent_id IS NOT NULL;
  CREATE INDEX sessions_by_root ON sessions (root_id, created_at);

  CREATE TABLE specs (
    session INTEGER PRIMARY KEY REFERENCES sessions (number) ON DELETE CASCADE,
    spec TEXT NOT NULL
  ) STRICT;

  CREATE TABLE labels (
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    session INTEGER NOT NULL REFERENCES sessions (number) ON DELETE CASCADE,
    PRIMARY KEY (key, value, session)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX labels_by_session ON labels (session);

  CREATE TABLE journal (
    number INTEGER PRIMARY KEY,
    session INTEGER NOT NULL REFERENCES sessions (number) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    event TEXT NOT NULL,
    UNIQUE (session, seq)
  ) STRICT;

  CREATE TABLE messages (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    sender TEXT NOT NULL,
    addressee TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    acked_at INTEGER,
    content TEXT NOT NULL
  ) STRICT;
  CREATE INDEX messages_by_addressee ON messages (addressee);
  CREATE INDEX messages_unacked ON messages (addressee) WHERE acked_at IS NULL;

  CREATE TABLE ledger (
    number INTEGER PRIMARY KEY,
    session_id TEXT NOT NULL,
    batch_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    turn INTEGER NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cache_read_tokens INTEGER NOT NULL,
    cache_write_tokens INTEGER NOT NULL,
    cost_micro_usd INTEGER,
    possibly_billed INTEGER NOT NULL,
    price TEXT
  ) STRICT;
  CREATE INDEX ledger_by_time ON ledger (at);

  CREATE TABLE artifacts (
    id TEXT PRIMARY KEY,
    session INTEGER NOT NULL REFERENCES sessions (number) ON DELETE CASCADE,
    name TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX artifacts_by_session ON artifacts (session);

  CREATE TABLE idempotency (
    key TEXT PRIMARY KEY,
    body_hash TEXT NOT NULL,
    batch_id TEXT NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX idempotency_by_expiry ON idempotency (expires_at);
  `;
