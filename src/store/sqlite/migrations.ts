/**
 * The schema, step by step. The number of a step is its place, counted from 1, and is what
 * `user_version` holds. A step that was released never changes; a new one is added at the end.
 */
export const migrations: readonly string[] = [
  // `sessions` is narrow, and the spec stands apart: every turn rewrites the row, and 500 sessions that
  // move at once then touch some dozen pages. Numbers before texts: counting never reads long results.
  // `number` is the order of acceptance. The journal is keyed by it, so appends of all sessions go to
  // the same last page. The ledger repeats the ids: it outlives the sessions.
  `
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
  `,
  // Budgets. What a session and all below it share is found without reading a spec (400 KB at most), and
  // so are the sessions of a model. The worst case of a call whose cost nobody knows counts against them.
  `
  ALTER TABLE batches ADD COLUMN budget TEXT;
  ALTER TABLE specs ADD COLUMN provider TEXT;
  ALTER TABLE specs ADD COLUMN model TEXT;
  ALTER TABLE specs ADD COLUMN covers TEXT;
  UPDATE specs SET provider = spec ->> '$.provider', model = spec ->> '$.model',
    spec = json_set(spec, '$.budget', json('{"microUsd":null,"tokens":null}'), '$.sharedBudgets', json('[]'));
  CREATE INDEX specs_by_model ON specs (provider, model, session);
  CREATE INDEX specs_covered ON specs (session) WHERE covers IS NOT NULL;

  ALTER TABLE ledger ADD COLUMN reserved_micro_usd INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE ledger ADD COLUMN reserved_tokens INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX ledger_reserved ON ledger (session_id) WHERE reserved_tokens > 0;

  CREATE TABLE limits (
    period TEXT PRIMARY KEY,
    micro_usd INTEGER,
    tokens INTEGER
  ) STRICT;
  `,
  // When mail is read: what was there before is read before the next model call.
  `
  ALTER TABLE messages ADD COLUMN delivery TEXT NOT NULL DEFAULT 'steer';
  `,
  // The ledger outlives its sessions: what a report groups by must do so as well.
  `
  CREATE TABLE gone_sessions (
    id TEXT PRIMARY KEY,
    root_id TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE gone_labels (
    session_id TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (session_id, key)
  ) STRICT, WITHOUT ROWID;

  CREATE TRIGGER sessions_leave_keys BEFORE DELETE ON sessions BEGIN
    INSERT OR IGNORE INTO gone_sessions VALUES (OLD.id, OLD.root_id);
    INSERT OR IGNORE INTO gone_labels SELECT OLD.id, key, value FROM labels WHERE session = OLD.number;
  END;
  `,
  // Approvals: an index over what journals ask and answer. A rule's id is a hash of it: whoever removes one
  // by its id never meets another.
  `
  CREATE TABLE approvals (
    number INTEGER PRIMARY KEY,
    session INTEGER NOT NULL REFERENCES sessions (number) ON DELETE CASCADE,
    ask INTEGER NOT NULL,
    status TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    until INTEGER NOT NULL,
    body TEXT NOT NULL,
    answered_at INTEGER,
    answer TEXT,
    UNIQUE (session, ask)
  ) STRICT;
  CREATE INDEX approvals_open ON approvals (number) WHERE status = 'open';

  CREATE TABLE approval_rules (
    id TEXT PRIMARY KEY,
    workspace TEXT NOT NULL,
    rule TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    session_id TEXT NOT NULL
  ) STRICT;
  `,
  // Where a reader of the journal may begin: the last event that stands for all before it.
  `
  ALTER TABLE sessions ADD COLUMN snapshot_seq INTEGER NOT NULL DEFAULT 0;
  `,
  // A number of the journal is a place that readers come back to: it is not given again when the entries
  // that had it last are deleted.
  `
  CREATE TABLE journal_end (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    number INTEGER NOT NULL
  ) STRICT;
  INSERT INTO journal_end VALUES (1, 0);

  CREATE TRIGGER sessions_leave_numbers BEFORE DELETE ON sessions BEGIN
    UPDATE journal_end SET number = MAX(number, COALESCE((SELECT MAX(number) FROM journal), 0));
  END;
  `,
  // What a session's role and its workspace tell it is part of its spec.
  `
  UPDATE specs SET spec = json_set(spec, '$.stance', json('null'), '$.projectNotes', json('null'));
  `,
  // Webhooks. The outbox is filled from the journals: its position says how far, and begins where they end.
  `
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
  `,
];
