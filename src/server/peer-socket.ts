import { readFileSync } from "node:fs";
import { endianness } from "node:os";
import { join } from "node:path";

/** Our end of a connection, as node tells it. */
export interface ConnectionEnds {
  localAddress?: string | undefined;
  localPort?: number | undefined;
  remoteAddress?: string | undefined;
  remotePort?: number | undefined;
}

/** The other end's socket, as the kernel knows it. */
export interface PeerSocket {
  inode: string;
  uid: number;
}

/** TCP_ESTABLISHED in the `st` column; a half-closed or orphaned socket has another state. */
const established = "01";
const isLittleEndian = endianness() === "LE";

/**
 * The peer's own socket, if the connection stays on this machine's loopback and is whole. Null for
 * everything else, also where there is no /proc. Rows of /proc/net/tcp and tcp6 as in the kernel's
 * Documentation/networking/proc_net_tcp.rst: addresses are 32-bit words in the machine's byte order.
 */
export function findPeerSocket(ends: ConnectionEnds, procFolder: string): PeerSocket | null {
  const { localPort, remotePort } = ends;
  const local = toLoopback(ends.localAddress);
  const remote = toLoopback(ends.remoteAddress);
  if (local === null || remote === null || localPort === undefined || remotePort === undefined) return null;
  for (const table of tablesOf(remote)) {
    const row = `: ${table.toHex(remote)}:${hexPort(remotePort)} ${table.toHex(local)}:${hexPort(localPort)} ${established} `;
    const found = findRow(join(procFolder, "net", table.file), row);
    if (found !== null) return found;
  }
  return null;
}

interface SocketTable {
  file: string;
  toHex(address: string): string;
}

/** A program may reach 127.0.0.1 through an IPv6 socket; its row is then in tcp6, as a mapped address. */
function tablesOf(address: string): SocketTable[] {
  if (address === "::1") return [{ file: "tcp6", toHex: () => `${"0".repeat(24)}${hexWord([0, 0, 0, 1])}` }];
  const mapped = `${"0".repeat(16)}${hexWord([0, 0, 0xff, 0xff])}`;
  return [
    { file: "tcp", toHex: hexIpv4 },
    { file: "tcp6", toHex: (ipv4) => `${mapped}${hexIpv4(ipv4)}` },
  ];
}

function findRow(file: string, start: string): PeerSocket | null {
  const table = readTable(file);
  const at = table.indexOf(start);
  if (at === -1) return null;
  // Left of the row: queues, timer, retransmits, uid, timeout, inode.
  const rest = table.slice(at + start.length, at + 200).trim();
  const [, , , uid, , inode = "0"] = rest.split(/\s+/, 6);
  return inode === "0" ? null : { inode, uid: Number(uid) };
}

function readTable(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    // No such table: IPv6 is off, or this is not Linux. Then nobody is known by their socket.
    return "";
  }
}

function toLoopback(address: string | undefined): string | null {
  const plain = address?.replace(/^::ffff:/i, "");
  if (plain === "::1") return plain;
  return plain !== undefined && /^127\.\d+\.\d+\.\d+$/.test(plain) ? plain : null;
}

function hexIpv4(address: string): string {
  return hexWord(address.split(".").map(Number));
}

function hexWord(bytes: readonly number[]): string {
  const ordered = isLittleEndian ? bytes.toReversed() : bytes;
  return ordered.map((byte) => byte.toString(16).padStart(2, "0").toUpperCase()).join("");
}

function hexPort(port: number): string {
  return port.toString(16).padStart(4, "0").toUpperCase();
}
