import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createPeerLookup } from "../../../src/server/peer-socket.ts";
import { describePortHolder } from "../../../src/server/port-holder.ts";
import { findSessionMarker } from "../../../src/server/session-marker.ts";
import { findSocketHolder, holdsSocket } from "../../../src/server/socket-holder.ts";

const head =
  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
const rest = "00000000:00000000 02:0000176F 00000000";

/** A /proc with these tables, as the kernel of a little-endian machine writes them. */
function fakeProc(tables: { tcp?: string[]; tcp6?: string[] }): string {
  const folder = mkdtempSync(join(tmpdir(), "proc-"));
  mkdirSync(join(folder, "net"));
  for (const [name, rows] of Object.entries(tables)) {
    writeFileSync(
      join(folder, "net", name),
      head + rows.map((row, index) => `   ${index}: ${row}\n`).join(""),
    );
  }
  return folder;
}

interface FakeProcess {
  pid: number;
  parent: number;
  environ?: string;
  sockets?: string[];
  command?: string;
}

function addProcess(
  procFolder: string,
  { pid, parent, environ = "", sockets = [], command = "x" }: FakeProcess,
) {
  const folder = join(procFolder, String(pid));
  mkdirSync(join(folder, "fd"), { recursive: true });
  writeFileSync(join(folder, "environ"), environ);
  writeFileSync(join(folder, "cmdline"), command.replaceAll(" ", "\0"));
  writeFileSync(join(folder, "stat"), `${pid} (a) b (c) S ${parent} 1 1`);
  sockets.forEach((inode, index) => symlinkSync(`socket:[${inode}]`, join(folder, "fd", String(index + 3))));
}

const v4 = { localAddress: "127.0.0.1", localPort: 3000, remoteAddress: "127.0.0.1", remotePort: 56352 };
const v6 = { ...v4, localAddress: "::1", remoteAddress: "::1" };
const zeros = (count: number) => "0".repeat(count);
const mapped = `${zeros(16)}FFFF00000100007F`;
const loopback6 = `${zeros(24)}01000000`;
const theirs4 = `0100007F:DC20 0100007F:0BB8`;

describe("a peer's socket in the kernel's table", () => {
  test.each([
    ["over IPv4", v4, { tcp: [`${theirs4} 01 ${rest}  1000        0 10732 3`] }],
    ["over IPv6", v6, { tcp6: [`${loopback6}:DC20 ${loopback6}:0BB8 01 ${rest}  1000        0 10732 3`] }],
    [
      "over IPv4 from an IPv6 socket",
      v4,
      { tcp: [], tcp6: [`${mapped}:DC20 ${mapped}:0BB8 01 ${rest}  1000        0 10732 3`] },
    ],
    [
      "over IPv4 to an IPv6 listener",
      { ...v4, localAddress: "::ffff:127.0.0.1", remoteAddress: "::ffff:127.0.0.1" },
      { tcp: [`${theirs4} 01 ${rest}  1000        0 10732 3`] },
    ],
  ])("is found %s", async (_, ends, tables) => {
    expect(await createPeerLookup(fakeProc(tables))(ends)).toEqual({ inode: "10732", uid: 1000 });
  });

  test.each([
    ["our own end of it", v4, [`0100007F:0BB8 0100007F:DC20 01 ${rest}  1000        0 10732 3`]],
    ["one that is half closed", v4, [`${theirs4} 05 ${rest}  1000        0 10732 3`]],
    ["one whose process is gone", v4, [`${theirs4} 01 ${rest}  1000        0 0 3`]],
    ["another connection", { ...v4, remotePort: 56353 }, [`${theirs4} 01 ${rest}  1000        0 10732 3`]],
    [
      "another machine's",
      { ...v4, remoteAddress: "10.0.0.1" },
      [`${theirs4} 01 ${rest}  1000        0 10732 3`],
    ],
    ["a connection that is closed", {}, [`${theirs4} 01 ${rest}  1000        0 10732 3`]],
  ])("is not %s", async (_, ends, tcp) => {
    expect(await createPeerLookup(fakeProc({ tcp }))(ends)).toBeNull();
  });

  test("many lookups at once share reads and each sees a table read after it asked", async () => {
    const procFolder = fakeProc({ tcp: [] });
    const find = createPeerLookup(procFolder);
    const early = find(v4);
    writeFileSync(join(procFolder, "net", "tcp"), `   0: ${theirs4} 01 ${rest}  7        0 5 3\n`);
    const late = await Promise.all([find(v4), find(v4), find(v4)]);
    expect(late).toEqual([1, 2, 3].map(() => ({ inode: "5", uid: 7 })));
    await early;
    expect(await find(v4)).toEqual({ inode: "5", uid: 7 });
  });
});

describe("the process behind a socket", () => {
  test("is found by the inode, and known to have it only while it does", async () => {
    const procFolder = fakeProc({});
    addProcess(procFolder, { pid: 10, parent: 1, sockets: ["77"] });
    addProcess(procFolder, { pid: 11, parent: 1, sockets: ["78", "79"] });
    expect(await findSocketHolder("79", procFolder)).toEqual({ pid: 11, fd: "4" });
    expect(await findSocketHolder("77", procFolder, [99, 10])).toEqual({ pid: 10, fd: "3" });
    expect(await findSocketHolder("80", procFolder)).toBeNull();
    expect(holdsSocket({ pid: 11, fd: "4" }, "79", procFolder)).toBe(true);
    expect(holdsSocket({ pid: 11, fd: "4" }, "77", procFolder)).toBe(false);
  });

  test("is searched from the process started last, also after pids have wrapped around", async () => {
    const procFolder = fakeProc({});
    writeFileSync(join(procFolder, "loadavg"), "0.1 0.1 0.1 1/99 20\n");
    for (const pid of [10, 20, 900]) addProcess(procFolder, { pid, parent: 1, sockets: ["5"] });
    expect(await findSocketHolder("5", procFolder)).toEqual({ pid: 20, fd: "3" });
  });

  test("that has a port is named with its pid and command", async () => {
    const procFolder = fakeProc({ tcp: [`0100007F:0BB8 00000000:0000 0A ${rest}  1000        0 42 1`] });
    addProcess(procFolder, { pid: 12, parent: 1, sockets: ["42"], command: "node server.js" });
    expect(await describePortHolder(3000, procFolder)).toBe(" by node server.js (pid 12)");
    expect(await describePortHolder(3001, procFolder)).toBe("");
  });
});

const marker = (id: string) => `A=1\0PROFCLAW_SESSION_ID=${id}\0B=2\0`;
const search = (procFolder: string) => ({ procFolder, stopAtPid: 5 });

describe("a session's marker", () => {
  test("is the topmost below the daemon", () => {
    const procFolder = fakeProc({});
    addProcess(procFolder, { pid: 5, parent: 1, environ: marker("above") });
    addProcess(procFolder, { pid: 10, parent: 5, environ: marker("real") });
    addProcess(procFolder, { pid: 11, parent: 10, environ: marker("forged") });
    addProcess(procFolder, { pid: 12, parent: 11 });
    expect(findSessionMarker(12, search(procFolder))).toBe("real");
  });

  test("is not a variable whose name only ends like it, nor an empty one, nor the daemon's own", () => {
    const procFolder = fakeProc({});
    addProcess(procFolder, { pid: 5, parent: 1, environ: marker("above") });
    addProcess(procFolder, { pid: 10, parent: 5, environ: "OLD_PROFCLAW_SESSION_ID=x\0" });
    addProcess(procFolder, { pid: 11, parent: 10, environ: marker("") });
    expect(findSessionMarker(11, search(procFolder))).toBeNull();
  });

  test("is looked for in a ring of parents only so long", () => {
    const procFolder = fakeProc({});
    addProcess(procFolder, { pid: 10, parent: 11 });
    addProcess(procFolder, { pid: 11, parent: 10 });
    expect(findSessionMarker(10, search(procFolder))).toBeNull();
  });
});
