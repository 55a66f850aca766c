import { isIP } from "node:net";

export type WebUrl = { kind: "url"; url: URL } | { kind: "fault"; reason: string };

const longestUrl = 4_096;

/** An http(s) address that may be asked for as far as its text shows; `reason` is for the model. */
export function parseWebUrl(text: string, base?: URL): WebUrl {
  if (text.length > longestUrl) return fault(`it has more than ${longestUrl} characters`);
  const parsed = URL.canParse(text, base?.href) ? new URL(text, base) : null;
  if (parsed === null) return fault("it is no whole URL, such as https://example.com/page");
  if (parsed.protocol !== "http:" && parsed.protocol !== "https:") {
    return fault(`${parsed.protocol} is not fetched, only http and https`);
  }
  if (parsed.username !== "" || parsed.password !== "") return fault("a user name or password stands in it");
  if (!isUsualPort(parsed.port)) return fault(`port ${parsed.port} is not for the web`);
  const odd = findOddHost(text, parsed);
  if (odd !== undefined) return fault(`its host ${JSON.stringify(odd)} is ${parsed.hostname} in disguise`);
  parsed.hash = "";
  return { kind: "url", url: parsed };
}

/** The address a host is by itself, without brackets; null for a name. */
export function toLiteralAddress({ hostname }: URL): string | null {
  const bare = hostname.replace(/^\[(.*)\]$/, "$1");
  return isIP(bare) === 0 ? null : bare;
}

/** Below 1024 stand mail, shells and files. */
function isUsualPort(port: string): boolean {
  return port === "" || port === "80" || port === "443" || Number(port) >= 1_024;
}

/** An IPv4 address that was written as 2130706433, 0x7f.1, 0177.0.0.1 or in wide digits. */
function findOddHost(text: string, { hostname }: URL): string | undefined {
  if (isIP(hostname) !== 4) return undefined;
  const written = /^[\s\p{Cc}]*(?:[a-z]+:)?[/\\]*([^/\\?#:]*)/iu.exec(text)?.[1] ?? "";
  // A relative redirect names no host.
  const namesHost = /^[\s\p{Cc}]*(?:https?:|[/\\]{2})/iu.test(text);
  return namesHost && written !== hostname ? written : undefined;
}

function fault(reason: string): WebUrl {
  return { kind: "fault", reason };
}
