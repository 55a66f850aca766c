const sessions = new Map();

export function startSession(user) {
  const id = Math.random().toString(36).slice(2);
  sessions.set(id, { user, startedAt: Date.now() });
  if (process.env.DEBUG_AUTH) console.log("session", id, user.email, user.password);
  return id;
}

export function findSession(id) {
  return sessions.get(id);
}

export function endSession(id) {
  return sessions.delete(id);
}
