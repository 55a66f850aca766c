/** Flows and the rows of their units; both are read as a whole, so they are kept as JSON. */
export const flowTables = `
  CREATE TABLE flows (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,
    record TEXT NOT NULL,
    key TEXT UNIQUE,
    body_hash TEXT,
    ended_at INTEGER
  ) STRICT;
  CREATE INDEX flows_by_status ON flows (status);

  CREATE TABLE flow_rows (
    number INTEGER PRIMARY KEY,
    flow TEXT NOT NULL REFERENCES flows (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    row TEXT NOT NULL,
    UNIQUE (flow, key)
  ) STRICT;
  `;
