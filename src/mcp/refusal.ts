import { ProtocolError, ProtocolErrorCode } from "@modelcontextprotocol/server";
import { type ReportBug, toToolFailure } from "./tool-failure.ts";

/** Runs what answers a request; a refusal of ours becomes an error of the protocol that says the same. */
export async function refusing<Answer>(
  reportBug: ReportBug,
  answer: () => Answer | Promise<Answer>,
): Promise<Answer> {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof ProtocolError) throw error;
    const failure = toToolFailure(error, reportBug);
    const code =
      failure.code === "internal" ? ProtocolErrorCode.InternalError : ProtocolErrorCode.InvalidParams;
    throw new ProtocolError(code, `${failure.detail} ${failure.next}`, failure);
  }
}
