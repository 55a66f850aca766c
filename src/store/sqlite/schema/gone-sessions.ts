/** The ledger outlives its sessions: what a report groups by must do so as well. */
export const goneSessions = `
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
  `;
