import { once } from "node:events";
import { mkdirSync, mkdtempSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createLocalLookup } from "../../../src/server/local-caller.ts";
import { createPeerLookup } from "../../../src/server/peer-socket.ts";

const uid = process.getuid?.() ?? 0;
const [forked, caller] = [4_000_002, 4_000_001];

/** A request that a real connection brought. */
async function receiveRequest(): Promise<IncomingMessage> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  onTestFinished(() => {
    socket.destroy();
    server.close();
  });
  socket.write("POST / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const [request] = (await once(server, "request")) as [IncomingMessage];
  return request;
}

/** A /proc with the kernel's connections in which two processes hold the request's other end. */
async function fakeProc(request: IncomingMessage): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "proc-"));
  symlinkSync("/proc/net", join(folder, "net"));
  writeFileSync(join(folder, "loadavg"), `0 0 0 1/1 ${forked}`);
  const peer = await createPeerLookup("/proc")(request.socket);
  for (const pid of [forked, caller]) {
    mkdirSync(join(folder, String(pid), "fd"), { recursive: true });
    symlinkSync(`socket:[${peer?.inode}]`, join(folder, String(pid), "fd", "9"));
  }
  return folder;
}

test("a caller is known although a process that it forks holds its connection for a moment", async () => {
  const request = await receiveRequest();
  const folder = await fakeProc(request);
  const asked: number[] = [];
  const lookUp = createLocalLookup(folder, (pid) => {
    asked.push(pid);
    // It runs a program of its own by now, and has closed what was its parent's.
    if (pid === forked) unlinkSync(join(folder, String(pid), "fd", "9"));
    return null;
  });
  expect((await lookUp(request, uid)).caller).toEqual({ kind: "local" });
  expect(asked).toEqual([forked, caller]);
});

test("a caller that has ended meanwhile is not let in", async () => {
  const request = await receiveRequest();
  const folder = await fakeProc(request);
  const lookUp = createLocalLookup(folder, () => {
    for (const pid of [forked, caller]) {
      const holds = join(folder, String(pid), "fd", "9");
      unlinkSync(holds);
      symlinkSync("socket:[1]", holds);
    }
    return null;
  });
  await expect(lookUp(request, uid)).rejects.toMatchObject({ code: "unauthorized" });
});
