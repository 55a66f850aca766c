import { ProfclawError, errorCatalog } from "../core/errors.ts";
import { redactKeys } from "../providers/redact.ts";
import { InvalidInput, type InputFault } from "../contract/invalid-input.ts";
import { baseHeaders } from "./base-headers.ts";

/** An RFC 9457 problem, as it goes over the wire. Keys are in this order. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  pointer?: string;
  hint?: string;
  /** The other faults of the same request. */
  errors?: readonly InputFault[];
  /** Only on `internal`: finds the log line. */
  error_id?: string;
}

/** Told about every error that is a bug of ours, so that the client's answer can stay bare. */
export type ReportBug = (error: unknown) => string;

/** The problem for whatever was thrown. Only a ProfclawError's words reach the client; the rest is `internal`. */
export function toProblem(thrown: unknown, reportBug: ReportBug): Problem {
  if (!(thrown instanceof ProfclawError)) return internalProblem(reportBug(thrown));
  return {
    type: `urn:profclaw:problem:${thrown.code}`,
    title: errorCatalog[thrown.code].title,
    status: thrown.status,
    code: thrown.code,
    detail: redactKeys(thrown.message),
    ...(thrown.pointer === undefined ? {} : { pointer: redactKeys(thrown.pointer) }),
    ...(thrown.hint === undefined ? {} : { hint: redactKeys(thrown.hint) }),
    ...(thrown instanceof InvalidInput && thrown.others.length > 0
      ? { errors: thrown.others.map(withoutKeys) }
      : {}),
  };
}

function withoutKeys(fault: InputFault): InputFault {
  return { ...fault, detail: redactKeys(fault.detail), pointer: redactKeys(fault.pointer) };
}

/** Headers of a problem's answer; 401 names the scheme as RFC 9110 asks. */
export function problemHeaders(problem: Problem): Record<string, string> {
  return {
    ...baseHeaders,
    "content-type": "application/problem+json",
    ...(problem.status === 401 ? { "www-authenticate": 'Bearer realm="profclaw"' } : {}),
  };
}

/** A problem as the answer to a request. */
export function toProblemResponse(problem: Problem, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: { ...problemHeaders(problem), ...headers },
  });
}

function internalProblem(errorId: string): Problem {
  const { status, title } = errorCatalog.internal;
  return {
    type: "urn:profclaw:problem:internal",
    title,
    status,
    code: "internal",
    detail: `This is a bug in profclaw. Its log has the cause under ${errorId}.`,
    hint: "Please report it with that line of the log.",
    error_id: errorId,
  };
}
