import type { Caller } from "../contract/implement.ts";
import { ProfclawError } from "../core/errors.ts";
import type { SessionRecord } from "../core/session.ts";
import { parseLevel } from "../policy/levels.ts";

/** Throws policy-denied for who may not say what this session does next: that is as good as spawning it. */
export function refuseToDrive(caller: Caller, session: SessionRecord): void {
  if (caller.kind === "admin") return;
  if (caller.kind === "session" && session.parentId !== caller.sessionId) {
    throw new ProfclawError(
      "policy-denied",
      `Session ${session.id} is not a child of the session that asks.`,
      {
        pointer: "id",
        hint: "A session may go on with its own children only.",
      },
    );
  }
  if (parseLevel(session.permissionMode).name !== "full") return;
  throw new ProfclawError("policy-denied", "A session of level full takes orders with the token only.", {
    pointer: "id",
    hint: "Send the token (Authorization: Bearer …), or use the command line.",
  });
}

/** Throws policy-denied for a session that was not given the right to spawn, by whichever door it asks. */
export function requireSpawnRight(session: SessionRecord): void {
  if (session.tools.includes("sessions_spawn")) return;
  throw new ProfclawError("policy-denied", `Session ${session.id} was not given the right to spawn.`, {
    hint: "Do the work here, or say to the parent what is to be spawned.",
  });
}
