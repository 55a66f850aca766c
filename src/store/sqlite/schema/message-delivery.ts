/** When mail is read: what was there before is read before the next model call. */
export const messageDelivery = `
  ALTER TABLE messages ADD COLUMN delivery TEXT NOT NULL DEFAULT 'steer';
  `;
