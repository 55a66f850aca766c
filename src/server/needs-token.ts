import { ProfclawError } from "../core/errors.ts";

const hint =
  'Add the header: Authorization: Bearer <token>, as in: curl -H "Authorization: Bearer $(cat ~/.profclaw/token)" … ' +
  "(`profclaw token show` prints the token)";

/** The refusal of a caller who is nobody, or not enough. It shows the header to add. */
export function needsToken(detail: string): ProfclawError {
  return new ProfclawError("unauthorized", detail, { hint });
}
