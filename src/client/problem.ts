import {
  errorCatalog,
  isErrorCode,
  ProfclawError,
  type ErrorAdvice,
  type ErrorCode,
} from "../core/errors.ts";

/** A refusal as it came over the wire (RFC 9457), back into the error that was thrown in the daemon. */
export function toProblemError(status: number, body: string): ProfclawError {
  const problem = parseObject(body);
  const detail = toText(problem["detail"]) ?? toText(problem["title"]) ?? `The daemon answered ${status}.`;
  const advice: ErrorAdvice = { status };
  const pointer = toText(problem["pointer"]);
  const hint = [toText(problem["hint"]), ...toOtherFaults(problem["errors"], detail)]
    .filter((line) => line !== undefined)
    .join("\n");
  if (pointer !== undefined) advice.pointer = pointer;
  if (hint !== "") advice.hint = hint;
  return new ProfclawError(toCode(status, problem["code"]), detail, advice);
}

/** An error as problem JSON, for scripts that read stderr. */
export function toProblemJson(error: ProfclawError): Record<string, unknown> {
  return {
    type: `urn:profclaw:problem:${error.code}`,
    title: errorCatalog[error.code].title,
    status: error.status,
    code: error.code,
    detail: error.message,
    ...(error.pointer === undefined ? {} : { pointer: error.pointer }),
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  };
}

const mostFaults = 5;

/** A request may have more than one fault; the first is the detail. */
function toOtherFaults(faults: unknown, detail: string): string[] {
  if (!Array.isArray(faults)) return [];
  return faults
    .map((fault: { detail?: unknown; pointer?: unknown }) => ({
      text: toText(fault.detail),
      pointer: toText(fault.pointer),
    }))
    .filter(({ text }) => text !== undefined && text !== detail)
    .slice(0, mostFaults)
    .map(({ text, pointer }) => `Also: ${text}${pointer === undefined ? "" : ` (at ${pointer})`}`);
}

// A daemon of another version may know codes that we do not: its status still says what kind it is.
function toCode(status: number, code: unknown): ErrorCode {
  if (typeof code === "string" && isErrorCode(code)) return code;
  const known = Object.keys(errorCatalog).filter(isErrorCode);
  const sameStatus = known.find((name) => errorCatalog[name].status === status && name !== "port-taken");
  if (sameStatus !== undefined) return sameStatus;
  return status >= 400 && status < 500 ? "invalid-request" : "internal";
}

function parseObject(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function toText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
