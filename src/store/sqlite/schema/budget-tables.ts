/**
 * Budgets. What a session and all below it share is found without reading a spec (400 KB at most), and
 * so are the sessions of a model. The worst case of a call whose cost nobody knows counts against them.
 */
export const budgetTables = `
  ALTER TABLE batches ADD COLUMN budget TEXT;
  ALTER TABLE specs ADD COLUMN provider TEXT;
  ALTER TABLE specs ADD COLUMN model TEXT;
  ALTER TABLE specs ADD COLUMN covers TEXT;
  UPDATE specs SET provider = spec ->> '$.provider', model = spec ->> '$.model',
    spec = json_set(spec, '$.budget', json('{"microUsd":null,"tokens":null}'), '$.sharedBudgets', json('[]'));
  CREATE INDEX specs_by_model ON specs (provider, model, session);
  CREATE INDEX specs_covered ON specs (session) WHERE covers IS NOT NULL;

  ALTER TABLE ledger ADD COLUMN reserved_micro_usd INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE ledger ADD COLUMN reserved_tokens INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX ledger_reserved ON ledger (session_id) WHERE reserved_tokens > 0;

  CREATE TABLE limits (
    period TEXT PRIMARY KEY,
    micro_usd INTEGER,
    tokens INTEGER
  ) STRICT;
  `;
