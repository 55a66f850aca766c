/** Findings, and one vote for each that holds something of one. They go with the last session of their tree. */
export const findingTables = `
  CREATE TABLE findings (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    author TEXT NOT NULL,
    root_id TEXT,
    text TEXT NOT NULL,
    evidence TEXT NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX findings_by_root ON findings (root_id) WHERE root_id IS NOT NULL;
  CREATE INDEX findings_by_author ON findings (author) WHERE root_id IS NULL;

  CREATE TABLE votes (
    finding TEXT NOT NULL REFERENCES findings (id) ON DELETE CASCADE,
    voter TEXT NOT NULL,
    weight REAL NOT NULL,
    reason TEXT,
    at INTEGER NOT NULL,
    PRIMARY KEY (finding, voter)
  ) STRICT;

  CREATE TRIGGER sessions_leave_findings AFTER DELETE ON sessions BEGIN
    DELETE FROM votes WHERE finding IN (SELECT id FROM findings WHERE root_id = OLD.root_id)
      AND NOT EXISTS (SELECT 1 FROM sessions WHERE root_id = OLD.root_id);
    DELETE FROM findings WHERE root_id = OLD.root_id
      AND NOT EXISTS (SELECT 1 FROM sessions WHERE root_id = OLD.root_id);
  END;
  `;
