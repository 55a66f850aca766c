/**
 * Search. `search_texts` holds the searched texts, cut, beside what they belong to; `search_words` is the FTS5
 * index over them. Both are made from journals and messages, as far as `search_position` says, and could be made
 * again from the beginning.
 */
export const searchTables = `
  CREATE TABLE search_texts (
    number INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    session TEXT NOT NULL,
    root_id TEXT NOT NULL,
    ref TEXT NOT NULL,
    at INTEGER NOT NULL,
    text TEXT NOT NULL
  ) STRICT;
  CREATE INDEX search_texts_by_session ON search_texts (session, kind);

  CREATE VIRTUAL TABLE search_words USING fts5(
    text, content = 'search_texts', content_rowid = 'number', tokenize = 'unicode61 remove_diacritics 2'
  );
  CREATE TRIGGER search_texts_come AFTER INSERT ON search_texts BEGIN
    INSERT INTO search_words (rowid, text) VALUES (NEW.number, NEW.text);
  END;
  CREATE TRIGGER search_texts_go AFTER DELETE ON search_texts BEGIN
    INSERT INTO search_words (search_words, rowid, text) VALUES ('delete', OLD.number, OLD.text);
  END;
  CREATE TRIGGER sessions_leave_search AFTER DELETE ON sessions BEGIN
    DELETE FROM search_texts WHERE session = OLD.id;
  END;

  CREATE TABLE search_position (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    journal INTEGER NOT NULL,
    messages INTEGER NOT NULL
  ) STRICT;
  INSERT INTO search_position VALUES (1, 0, 0);
  `;
