/** Findings and notes of threads are searched too. Those of peers and of threads belong to no session: theirs is "". */
export const searchOfFindings = `
  ALTER TABLE search_position ADD COLUMN findings INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE search_position ADD COLUMN notes INTEGER NOT NULL DEFAULT 0;
  CREATE TRIGGER findings_leave_search AFTER DELETE ON findings BEGIN
    DELETE FROM search_texts WHERE session IN (OLD.author, '') AND kind = 'finding' AND ref = OLD.id;
  END;
  CREATE TRIGGER notes_leave_search AFTER DELETE ON thread_notes BEGIN
    DELETE FROM search_texts WHERE session = '' AND kind = 'note' AND ref = OLD.thread;
  END;
  `;
