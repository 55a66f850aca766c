/** What a session's role and its workspace tell it is part of its spec. */
export const specStance = `
  UPDATE specs SET spec = json_set(spec, '$.stance', json('null'), '$.projectNotes', json('null'));
  `;
