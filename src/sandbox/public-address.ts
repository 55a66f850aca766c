import ipaddr from "ipaddr.js";

/** Answers to the machines of one cloud only, although its range is public: Azure's wire server. */
const cloudInternal: ReadonlySet<string> = new Set(["168.63.129.16"]);

/**
 * Whether an address is one of the public internet. Every range with another purpose is not: loopback,
 * private, link-local (the clouds' metadata), carrier NAT, multicast, reserved; and no form of IPv6 that
 * carries an IPv4 address (mapped, 6to4, Teredo, NAT64), whatever address that is.
 */
export function isPublicAddress(address: string): boolean {
  try {
    return ipaddr.parse(address).range() === "unicast" && !cloudInternal.has(address);
  } catch {
    return false;
  }
}
