import { hashPassword, verifyPassword } from "../auth/passwords.js";
import { startSession } from "../auth/sessions.js";

const users = new Map();

export function userRoutes(router) {
  router.post("/users", ({ body }) => {
    users.set(body.email, { email: body.email, password: hashPassword(body.password) });
    return { status: 201, body: { email: body.email } };
  });

  router.post("/login", ({ body }) => {
    const user = users.get(body.email);
    if (user === undefined || !verifyPassword(body.password, user.password)) {
      return { status: 401, body: { error: "wrong email or password" } };
    }
    return { status: 200, body: { session: startSession(user) } };
  });

  router.get("/users/:email", ({ params }) => {
    const user = users.get(params.email);
    return user === undefined ? { status: 404, body: {} } : { status: 200, body: { email: user.email } };
  });
}
