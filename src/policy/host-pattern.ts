export type HostOutcome = { kind: "host"; host: string } | { kind: "fault"; detail: string };

const labels =
  /^(?:\*\.)?(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
const address = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\])$/;

/** Reads `example.com`, `*.example.com` or a literal address; another script's names in their xn-- form. */
export function parseHostPattern(text: string): HostOutcome {
  const host = toHostName(text);
  if (host.length <= 253 && (address.test(host) || labels.test(host))) return { kind: "host", host };
  const what = JSON.stringify(text.slice(0, 80));
  if (/[/:@]/.test(text) && !text.startsWith("["))
    return { kind: "fault", detail: `${what} is not a host alone: leave out scheme, port and path` };
  return { kind: "fault", detail: `${what} is no host; write example.com or *.example.com` };
}

/** Whether a host is the pattern, or below it where it begins with `*.`; the bare domain is not below itself. */
export function matchesHost(host: string, pattern: string): boolean {
  const name = toHostName(host);
  if (!pattern.startsWith("*.")) return name === toHostName(pattern);
  const below = toHostName(pattern).slice(1);
  return name.endsWith(below) && name.length > below.length;
}

/** As hosts are compared: in lower case and without the root's dot. */
export function toHostName(host: string): string {
  return host.toLowerCase().replace(/\.$/, "");
}
