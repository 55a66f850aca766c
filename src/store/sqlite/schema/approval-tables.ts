/**
 * Approvals: an index over what journals ask and answer. A rule's id is a hash of it: whoever removes one
 * by its id never meets another.
 */
export const approvalTables = `
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
  `;
