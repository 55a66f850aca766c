/** Mail that a call acks belongs to that call's key: asked again under it, the same comes again. */
export const ackKey = `
  ALTER TABLE messages ADD COLUMN ack_key TEXT;
  CREATE INDEX messages_by_ack_key ON messages (addressee, ack_key) WHERE ack_key IS NOT NULL;
  `;
