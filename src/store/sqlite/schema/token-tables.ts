/** Tokens of sessions, as hashes: one each. They go with their session; one that goes on again gets another. */
export const tokenTables = `
  CREATE TABLE session_tokens (
    session INTEGER PRIMARY KEY REFERENCES sessions (number) ON DELETE CASCADE,
    hash TEXT NOT NULL UNIQUE
  ) STRICT;
  CREATE TRIGGER reopened_sessions_leave_tokens AFTER UPDATE OF ended_at ON sessions
    WHEN OLD.ended_at IS NOT NULL AND NEW.ended_at IS NULL BEGIN
    DELETE FROM session_tokens WHERE session = NEW.number;
  END;
  `;
