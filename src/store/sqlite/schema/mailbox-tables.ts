/**
 * The mailbox. A row of `messages` is a delivery: one for each addressee, acked by itself. What goes to many
 * has its text once, in `broadcasts`. A question is a message that waits for an answer. A peer is an agent of
 * the user's own: its id is its address, its name is what it comes back under.
 */
export const mailboxTables = `
  CREATE TABLE broadcasts (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    content TEXT NOT NULL
  ) STRICT;

  ALTER TABLE messages ADD COLUMN reply_to TEXT;
  ALTER TABLE messages ADD COLUMN broadcast_id TEXT REFERENCES broadcasts (id);
  CREATE INDEX messages_of_broadcast ON messages (broadcast_id) WHERE broadcast_id IS NOT NULL;

  CREATE TABLE questions (
    id TEXT PRIMARY KEY,
    asker TEXT NOT NULL,
    addressee TEXT NOT NULL,
    until INTEGER NOT NULL,
    answer_id TEXT
  ) STRICT;
  CREATE INDEX questions_open ON questions (asker) WHERE answer_id IS NULL;

  CREATE TRIGGER messages_leave AFTER DELETE ON messages BEGIN
    DELETE FROM questions WHERE id = OLD.id;
    DELETE FROM broadcasts WHERE id = OLD.broadcast_id
      AND NOT EXISTS (SELECT 1 FROM messages WHERE broadcast_id = OLD.broadcast_id);
  END;

  CREATE TABLE peers (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL
  ) STRICT;

  ALTER TABLE batches ADD COLUMN peer_id TEXT;
  CREATE INDEX batches_by_peer ON batches (peer_id) WHERE peer_id IS NOT NULL;
  `;
