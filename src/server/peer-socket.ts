import { readFile } from "node:fs/promises";
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

/** Finds the other end of a connection; null for everything that is not a whole loopback connection. */
export type FindPeerSocket = (ends: ConnectionEnds) => Promise<PeerSocket | null>;

/**
 * Builds the lookup over /proc/net/tcp and tcp6; without /proc it finds nobody. The rows are as in the
 * kernel's Documentation/networking/proc_net_tcp.rst: addresses are 32-bit words in the machine's byte
 * order. The kernel walks its whole hash table for one read (5 ms on a machine with much memory), so
 * reads happen off the event loop, and all who wait share one.
 */
export function createPeerLookup(procFolder: string): FindPeerSocket {
  const read: Record<SocketTable["file"], () => Promise<string>> = {
    tcp: shareReads(() => readTable(join(procFolder, "net", "tcp"))),
    tcp6: shareReads(() => readTable(join(procFolder, "net", "tcp6"))),
  };
  return async ({ localAddress, localPort, remoteAddress, remotePort }) => {
    const local = toLoopback(localAddress);
    const remote = toLoopback(remoteAddress);
    if (local === null || remote === null || localPort === undefined || remotePort === undefined) return null;
    for (const { file, toHex } of tablesOf(remote)) {
      const row = `: ${toHex(remote)}:${hexPort(remotePort)} ${toHex(local)}:${hexPort(localPort)} ${established} `;
      const found = findRow(await read[file](), row);
      if (found !== null) return found;
    }
    return null;
  };
}

/** Calls that come during a read share the next one, never the running one: it may have passed their row. */
function shareReads(read: () => Promise<string>): () => Promise<string> {
  let running: Promise<string> | null = null;
  let next: Promise<string> | null = null;
  const start = (): Promise<string> => {
    next = null;
    running = read().finally(() => {
      if (next === null) running = null;
    });
    return running;
  };
  return () => {
    if (running === null) return start();
    next ??= running.then(start, start);
    return next;
  };
}

interface SocketTable {
  file: "tcp" | "tcp6";
  toHex: (address: string) => string;
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

function findRow(table: string, start: string): PeerSocket | null {
  const at = table.indexOf(start);
  if (at === -1) return null;
  // Left of the row: queues, timer, retransmits, uid, timeout, inode.
  const rest = table.slice(at + start.length, at + 200).trim();
  const [, , , uid, , inode = "0"] = rest.split(/\s+/, 6);
  return inode === "0" ? null : { inode, uid: Number(uid) };
}

async function readTable(file: string): Promise<string> {
  try {
    return await readFile(file, "latin1");
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
