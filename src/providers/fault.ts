import {
  APICallError,
  InvalidArgumentError,
  InvalidPromptError,
  InvalidResponseDataError,
  JSONParseError,
  LoadAPIKeyError,
  TypeValidationError,
  UnsupportedFunctionalityError,
} from "@ai-sdk/provider";
import { type Clock, systemClock } from "../core/clock.ts";
import { toErrorMessage } from "./error-message.ts";
import { redactSecrets } from "./redact.ts";
import { type Headers, parseRetryAfter } from "./retry-after.ts";

export type FaultCode =
  | "rate-limited"
  | "overloaded"
  | "server-error"
  | "network"
  | "timeout"
  | "cut-off"
  | "malformed"
  | "auth"
  | "quota"
  | "bad-request"
  | "context-length"
  | "not-found"
  | "aborted"
  | "internal";

/** Why a model call brought no whole answer. `detail` is fit to be shown and stored: no key is in it. */
export interface ProviderFault {
  code: FaultCode;
  status?: number;
  detail: string;
  retry: "later" | "never";
  /** What the provider asked for, ms; null if it did not. */
  retryAfterMs: number | null;
}

export interface FaultContext {
  clock?: Clock;
  redact?: (text: string) => string;
}

const laterCodes: ReadonlySet<FaultCode> = new Set([
  "rate-limited",
  "overloaded",
  "server-error",
  "network",
  "timeout",
  "cut-off",
  "malformed",
]);

/** A fault of our own finding. */
export function toFault(code: FaultCode, detail: string): ProviderFault {
  return { code, detail, retry: laterCodes.has(code) ? "later" : "never", retryAfterMs: null };
}

/** Any error that a provider, its SDK or the network throws or streams → what it means for a retry. */
export function classifyFault(error: unknown, context: FaultContext = {}): ProviderFault {
  const redact = context.redact ?? redactSecrets;
  const report = toReport(error);
  const code = toCode(error, report);
  const nowMs = (context.clock ?? systemClock).now();
  const retryAfterMs = parseRetryAfter(report.headers, nowMs);
  // A quota comes back by itself only where the provider says when.
  const isLater = laterCodes.has(code) || (code === "quota" && retryAfterMs !== null);
  return {
    code,
    ...(report.status === null ? {} : { status: report.status }),
    detail: toDetail(redact(report.message), report.status),
    retry: isLater ? "later" : "never",
    retryAfterMs: isLater ? retryAfterMs : null,
  };
}

interface Report {
  message: string;
  status: number | null;
  headers: Headers;
  /** The provider's own words for the kind of error: type, code and text, in lower case. */
  words: string;
}

function toReport(error: unknown): Report {
  const fields: Record<string, unknown> = typeof error === "object" && error !== null ? { ...error } : {};
  const message = toErrorMessage(error);
  const headers = APICallError.isInstance(error) ? (error.responseHeaders ?? {}) : {};
  const data = APICallError.isInstance(error) ? (error.data ?? error.responseBody) : fields["data"];
  const kind = [fields["type"], fields["code"], typeof data === "string" ? data : JSON.stringify(data)];
  return {
    message,
    status: typeof fields["statusCode"] === "number" ? fields["statusCode"] : null,
    headers,
    words: [...kind, message]
      .filter((word) => typeof word === "string")
      .join(" ")
      .toLowerCase()
      .slice(0, 4_000),
  };
}

function toCode(error: unknown, report: Report): FaultCode {
  const known = toCodeOfClass(error);
  if (known !== null) return known;
  // A body that is cut after its 200 reaches us as an answer that could not be read, and why below it.
  if (isAnswered(report.status) && isNetworkError(causeOf(error))) return "network";
  if (report.status !== null) return toCodeOfStatus(report.status, report.words);
  if (isNetworkError(error)) return "network";
  return toCodeOfWords(report.words) ?? (error instanceof Error ? "internal" : "server-error");
}

function isAnswered(status: number | null): boolean {
  return status !== null && status < 300;
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}

function toCodeOfClass(error: unknown): FaultCode | null {
  if (error instanceof Error && error.name === "AbortError") return "aborted";
  if (error instanceof Error && error.name === "TimeoutError") return "timeout";
  if (LoadAPIKeyError.isInstance(error)) return "auth";
  if (JSONParseError.isInstance(error) || TypeValidationError.isInstance(error)) return "malformed";
  if (InvalidResponseDataError.isInstance(error)) return "malformed";
  const isOurs =
    InvalidPromptError.isInstance(error) ||
    InvalidArgumentError.isInstance(error) ||
    UnsupportedFunctionalityError.isInstance(error);
  return isOurs ? "bad-request" : null;
}

// Texts seen: OpenAI "insufficient_quota", Anthropic "credit balance is too low" (400) and billing_error.
const quotaWords = /insufficient_quota|billing|credit balance|quota exceeded|out of credits/;
// OpenAI context_length_exceeded, Anthropic "prompt is too long", Groq "reduce the length of the messages".
const lengthWords =
  /context_length|context length|context window|prompt is too long|too many tokens|reduce the length|input is too long|request_too_large/;

// Google and xAI say 400 to a key that is none.
const keyWords = /api key not valid|api_key_invalid|(?:incorrect|invalid) api key/;

function toCodeOfStatus(status: number, words: string): FaultCode {
  if (status === 402) return "quota";
  if ((status === 429 || status === 400 || status === 403) && quotaWords.test(words)) return "quota";
  if (status === 400 && keyWords.test(words)) return "auth";
  if (status === 429) return "rate-limited";
  if (status === 529 || status === 503) return "overloaded";
  if (status >= 500) return words.includes("overloaded") ? "overloaded" : "server-error";
  if (status === 401 || status === 403) return "auth";
  if (status === 404) return "not-found";
  if (status === 413 || lengthWords.test(words)) return "context-length";
  // Request Timeout, Conflict and Too Early are about the moment, not about the request.
  if (status === 408 || status === 409 || status === 425) return "server-error";
  // A 2xx is an SDK that could not read the answer.
  return status < 300 ? "malformed" : "bad-request";
}

const wordCodes: readonly (readonly [RegExp, FaultCode])[] = [
  [quotaWords, "quota"],
  [/rate.?limit|too many requests/, "rate-limited"],
  [/overload/, "overloaded"],
  [lengthWords, "context-length"],
  [/authentication|permission|unauthorized/, "auth"],
  [/not_found/, "not-found"],
  [/invalid_request|bad_request/, "bad-request"],
  [/api_error|server_error|internal_server|timeout/, "server-error"],
];

/** For an error that comes inside a stream, where there is no status any more. */
function toCodeOfWords(words: string): FaultCode | null {
  return wordCodes.find(([pattern]) => pattern.test(words))?.[1] ?? null;
}

/** fetch rejects with a TypeError; undici's own word for a cut body is "terminated". */
function isNetworkError(error: unknown): boolean {
  if (APICallError.isInstance(error)) return error.isRetryable;
  if (!(error instanceof Error)) return false;
  const { code } = error as Error & { code?: unknown };
  const isSocket = typeof code === "string" && /^(E[A-Z]{3,}|UND_ERR_)/.test(code);
  const isFetch =
    error instanceof TypeError && /terminated|fetch failed|network|other side closed/i.test(error.message);
  return isSocket || isFetch || isNetworkError(error.cause);
}

function toDetail(message: string, status: number | null): string {
  const line = message.replaceAll(/\s+/g, " ").trim().slice(0, 500);
  return status === null ? line : `${line} (HTTP ${status})`;
}
