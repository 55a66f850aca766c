import { type ErrorCode, ProfclawError } from "../core/errors.ts";
import { InvalidInput } from "../contract/invalid-input.ts";
import { redactKeys } from "../providers/redact.ts";

/** What a model reads of a refusal: what is wrong, whether the same call may succeed later, what to do. */
export interface ToolFailure {
  code: ErrorCode;
  detail: string;
  pointer?: string;
  retryable: boolean;
  next: string;
  errors?: { detail: string; pointer: string }[];
}

/** The same call, sent again as it is, may be answered. */
const passing: ReadonlySet<ErrorCode> = new Set(["too-many", "daemon-unreachable", "storage-full"]);

/** Told about every error that is a bug of ours; answers the id under which the log has it. */
export type ReportBug = (error: unknown) => string;

/** The failure for whatever was thrown. Only a ProfclawError's words get out. */
export function toToolFailure(thrown: unknown, reportBug: ReportBug): ToolFailure {
  if (!(thrown instanceof ProfclawError)) {
    return {
      code: "internal",
      detail: `This is a bug in profclaw. Its log has the cause under ${reportBug(thrown)}.`,
      retryable: false,
      next: "Report it with that line of the log, and go on without this tool.",
    };
  }
  const others = thrown instanceof InvalidInput ? thrown.others : [];
  return {
    code: thrown.code,
    detail: redactKeys(thrown.message),
    ...(thrown.pointer === undefined ? {} : { pointer: redactKeys(thrown.pointer) }),
    retryable: passing.has(thrown.code),
    next: redactKeys(thrown.hint ?? toNext(thrown.code)),
    ...(others.length === 0 ? {} : { errors: others.map(withoutKeys) }),
  };
}

function toNext(code: ErrorCode): string {
  return passing.has(code)
    ? "Call again in some seconds."
    : "Change the arguments; the same call fails again.";
}

function withoutKeys({ detail, pointer }: { detail: string; pointer: string }) {
  return { detail: redactKeys(detail), pointer: redactKeys(pointer) };
}
