/** What waits for an endpoint is counted with every page of events that is put in; what was told has no body. */
export const outboxWaiting = `
  CREATE INDEX outbox_waiting ON outbox (endpoint, number) WHERE next_at IS NOT NULL;
  UPDATE outbox SET body = '' WHERE next_at IS NULL;
`;
