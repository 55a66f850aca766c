import type { JsonValue } from "../../../core/json.ts";
import type { EndReason } from "../../../core/session.ts";
import type { RecordedEnd } from "../../../sandbox/recorded/run-folder.ts";
import type { AgentOutcome } from "../driver.ts";
import type { JsonRecord } from "../json-record.ts";
import { judgeExit, judgeLateExit, toSaid } from "../judge-exit.ts";

/** All that is known of a run that is over. */
interface RunFacts {
  end: RecordedEnd;
  /** Its last `result` line. */
  result: JsonRecord | null;
  text: string;
  /** What it printed besides. */
  said: string;
}

const endings: Readonly<Record<string, { reason: EndReason; detail: string }>> = {
  error_max_turns: { reason: "max-turns", detail: "It took all of its turns." },
  error_max_budget_usd: { reason: "budget", detail: "It has spent all that it may spend." },
  error_max_structured_output_retries: {
    reason: "wrong-shape",
    detail: "It could not bring its answer into the asked shape.",
  },
};

/** Exit code, result line and error fields together: claude says "success" of runs that failed. */
export function judgeClaude({ end, result, text, said }: RunFacts): AgentOutcome {
  if (result === null) {
    const fault = judgeExit(end, said) ?? {
      code: "agent-no-answer",
      detail: `It left with exit code 0 and told no result${toSaid(said)}`,
    };
    return { kind: "failed", reason: "agent-error", fault: withLogin(fault, said), text };
  }
  const subtype = typeof result["subtype"] === "string" ? result["subtype"] : "";
  const ending = endings[subtype];
  if (ending !== undefined) {
    const { reason, detail } = ending;
    return { kind: "failed", reason, fault: { code: reason, detail }, text };
  }
  if (result["is_error"] === true || subtype !== "success") {
    const detail = `It said that it failed: ${toErrorText(result, text, subtype)}`;
    const fault = withLogin({ code: "agent-failed", detail }, detail, result["api_error_status"]);
    return { kind: "failed", reason: "agent-error", fault, text };
  }
  const late = judgeLateExit(end, said);
  if (late !== null) return { kind: "failed", reason: "agent-error", fault: late, text };
  const structured = result["structured_output"] as JsonValue | undefined;
  return { kind: "completed", text, ...(structured === undefined ? {} : { structured }) };
}

function toErrorText(result: JsonRecord, text: string, subtype: string): string {
  const errors = Array.isArray(result["errors"]) ? result["errors"].map(String).join("; ") : "";
  return errors || text || subtype || "and not why";
}

/** A key or login that is missing has a name of its own, and something to type. */
function withLogin(
  fault: { code: string; detail: string },
  said: string,
  status?: unknown,
): { code: string; detail: string } {
  const isLogin =
    status === 401 ||
    status === 403 ||
    /not logged in|please run \/login|invalid (?:x-)?api[- ]key|authentication_error|oauth token/i.test(said);
  if (!isLogin) return fault;
  const way = "Log in (claude, then /login), or set ANTHROPIC_API_KEY.";
  return { code: "agent-not-logged-in", detail: `${fault.detail} ${way}` };
}
