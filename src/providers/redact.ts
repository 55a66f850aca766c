const hidden = "[redacted]";

// Prefixes as providers give them out (sk-…, sk-ant-…, gsk_…, xai-…, AIza…), masked forms in their error
// texts included ("Incorrect API key provided: sk-abc***xyz"), then what stands in headers and URLs.
const patterns: readonly (readonly [RegExp, string])[] = [
  [/\b(?:sk|pk|rk|xai|gsk|r8|hf|or)[-_][\w*.-]{4,}/g, hidden],
  [/\b(?:whsec_|pcs_|gh[pousr]_|github_pat_|glpat-|xox[abprs]-|AKIA)[\w+/=-]{8,}/g, hidden],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, hidden],
  [/\bAIza[\w*-]{8,}/g, hidden],
  [/\b(Bearer|Basic)\s+[\w.~+/*=-]{4,}/gi, `$1 ${hidden}`],
  [
    /((?:x-api-key|api[-_]?key|authorization|access[-_]?token)["']?\s*[:=]\s*["']?)[^\s"',}&]{4,}/gi,
    `$1${hidden}`,
  ],
  [/([?&](?:key|token)=)[^&\s"']+/gi, `$1${hidden}`],
  [/(:\/\/)[^/\s:@]+:[^/\s@]+@/g, `$1${hidden}@`],
];

// Whole keys, with a digit and as long as they are given out: words that only begin like one stay.
const wholeKeys =
  /\b(?:(?:sk|pk|rk|xai|gsk|r8|hf|or)[-_](?=[\w-]*\d)|AIza|whsec_|pcs_|gh[pousr]_|AKIA)[\w+/=-]{16,}/g;

/** A text of our own without what somebody put in a wrong place and is a key for sure. */
export function redactKeys(text: string): string {
  return text.replaceAll(wholeKeys, hidden);
}

/** A text without keys: those given, and all that looks like one. For whatever leaves this folder. */
export function redactSecrets(text: string, secrets: readonly string[] = []): string {
  const known = secrets
    .filter((secret) => secret.length >= 4)
    .reduce((shown, secret) => shown.replaceAll(secret, hidden), text);
  return patterns.reduce((shown, [pattern, replacement]) => shown.replace(pattern, replacement), known);
}
