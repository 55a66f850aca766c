import { expect, test } from "vitest";
import { isPublicAddress } from "../../../src/sandbox/public-address.ts";

test.each(["8.8.8.8", "93.184.216.34", "1.1.1.1", "2606:4700::1111", "2a00:1450:4001:81b::200e"])(
  "%s is public",
  (address) => {
    expect(isPublicAddress(address)).toBe(true);
  },
);

test.each([
  ["127.0.0.1", "loopback"],
  ["127.255.255.254", "loopback"],
  ["::1", "loopback"],
  ["0.0.0.0", "this host"],
  ["0.1.2.3", "this network"],
  ["::", "unspecified"],
  ["10.1.2.3", "private"],
  ["172.16.0.1", "private"],
  ["172.31.255.255", "private"],
  ["192.168.1.1", "private"],
  ["169.254.169.254", "the clouds' metadata"],
  ["169.254.170.2", "a container's credentials"],
  ["fd00:ec2::254", "AWS metadata over IPv6"],
  ["168.63.129.16", "Azure's wire server"],
  ["100.100.100.200", "Alibaba's metadata, in the carriers' range"],
  ["100.64.0.1", "carrier NAT"],
  ["192.0.0.170", "protocol assignments"],
  ["192.0.2.1", "documentation"],
  ["198.18.0.1", "benchmarks"],
  ["198.51.100.1", "documentation"],
  ["224.0.0.1", "multicast"],
  ["240.0.0.1", "reserved"],
  ["255.255.255.255", "broadcast"],
  ["fe80::1", "link-local"],
  ["fe80::1%eth0", "link-local with a zone"],
  ["fc00::1", "unique local"],
  ["fec0::1", "site-local"],
  ["ff02::1", "multicast"],
  ["::ffff:127.0.0.1", "mapped loopback"],
  ["::ffff:7f00:1", "mapped loopback in hex"],
  ["::ffff:8.8.8.8", "mapped, even of a public one"],
  ["::127.0.0.1", "compatible"],
  ["64:ff9b::7f00:1", "NAT64 of loopback"],
  ["64:ff9b:1::a00:1", "local NAT64"],
  ["2002:7f00:1::", "6to4 of loopback"],
  ["2001:0:4136:e378:8000:63bf:3fff:fdd2", "Teredo"],
  ["2001:db8::1", "documentation"],
  ["100::1", "discard"],
  ["localhost", "no address"],
  ["", "no address"],
  ["999.1.1.1", "no address"],
])("%s is not: %s", (address) => {
  expect(isPublicAddress(address)).toBe(false);
});
