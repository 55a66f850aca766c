/** Where a reader of the journal may begin: the last event that stands for all before it. */
export const snapshotPlace = `
  ALTER TABLE sessions ADD COLUMN snapshot_seq INTEGER NOT NULL DEFAULT 0;
  `;
