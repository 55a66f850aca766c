/**
 * Work that waits. A claim is keyed by what it claims, a thread or a session: so there is one at most. The index
 * over specs finds the retries of a session.
 */
export const threadTables = `
  CREATE TABLE threads (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    urgency TEXT NOT NULL,
    author TEXT NOT NULL,
    root_id TEXT,
    cwd TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    closed_at INTEGER,
    closed_by TEXT
  ) STRICT;
  CREATE INDEX threads_by_touch ON threads (updated_at);
  CREATE INDEX threads_closed ON threads (closed_at) WHERE closed_at IS NOT NULL;

  CREATE TABLE thread_notes (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    thread TEXT NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
    author TEXT NOT NULL,
    at INTEGER NOT NULL,
    text TEXT NOT NULL
  ) STRICT;
  CREATE INDEX thread_notes_by_thread ON thread_notes (thread);

  CREATE TABLE claims (
    candidate TEXT PRIMARY KEY,
    id TEXT NOT NULL,
    claimed_by TEXT NOT NULL,
    claimed_at INTEGER NOT NULL,
    lease_until INTEGER NOT NULL,
    batch_id TEXT
  ) STRICT;
  CREATE TRIGGER threads_leave AFTER DELETE ON threads BEGIN
    DELETE FROM claims WHERE candidate = OLD.id;
  END;
  CREATE TRIGGER sessions_leave_claims AFTER DELETE ON sessions BEGIN
    DELETE FROM claims WHERE candidate = OLD.id;
  END;

  CREATE INDEX specs_by_origin ON specs (CASE WHEN json_valid(spec) THEN spec ->> '$.origin.sessionId' END)
    WHERE CASE WHEN json_valid(spec) THEN spec ->> '$.origin.sessionId' END IS NOT NULL;
  `;
