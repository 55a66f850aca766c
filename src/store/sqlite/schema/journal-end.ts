/**
 * A number of the journal is a place that readers come back to: it is not given again when the entries
 * that had it last are deleted.
 */
export const journalEnd = `
  CREATE TABLE journal_end (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    number INTEGER NOT NULL
  ) STRICT;
  INSERT INTO journal_end VALUES (1, 0);

  CREATE TRIGGER sessions_leave_numbers BEFORE DELETE ON sessions BEGIN
    UPDATE journal_end SET number = MAX(number, COALESCE((SELECT MAX(number) FROM journal), 0));
  END;
  `;
