import { chmodSync, lstatSync, unlinkSync } from "node:fs";
import type { Server } from "node:http";
import { connect, type ListenOptions } from "node:net";
import { ProfclawError } from "../core/errors.ts";
import { describePortHolder } from "./port-holder.ts";

/** Which TCP addresses to serve. */
export interface TcpAddresses {
  /** 0 takes any free one. */
  port: number;
  hosts: readonly string[];
  /** Take a free port where this one is taken, instead of failing. */
  fallbackToFreePort: boolean;
}

/** Servers that listen on one port, one for each host. */
export interface TcpListeners {
  port: number;
  bound: { host: string; server: Server }[];
}

type CreateServer = () => Server;

/** IPv6 is off, or this address is not of this machine. */
const absentCodes = new Set(["EADDRNOTAVAIL", "EAFNOSUPPORT", "EINVAL"]);
/** A free port on one address may be taken on the other; so many tries to find one free on both. */
const freePortTries = 10;

/**
 * Listens on the same port of every host. Hosts after the first may be missing on this machine.
 * Throws `port-taken`, naming who has it.
 */
export async function listenTcp(
  addresses: TcpAddresses,
  createServer: CreateServer,
  procFolder: string,
): Promise<TcpListeners> {
  const { port, hosts, fallbackToFreePort } = addresses;
  const asked = await bindAll(port, hosts, createServer);
  if (asked !== "taken") return asked;
  if (port !== 0 && !fallbackToFreePort) {
    const holder = await describePortHolder(port, procFolder);
    throw new ProfclawError("port-taken", `Port ${port} is taken${holder}.`, {
      hint: "Stop that process, or choose another port with --port.",
    });
  }
  for (let tries = 0; tries < freePortTries; tries += 1) {
    const free = await bindAll(0, hosts, createServer);
    if (free !== "taken") return free;
  }
  throw new ProfclawError("port-taken", `No port is free on all of ${hosts.join(", ")}.`);
}

/** Listens on a Unix socket that only this user can open. A file left by a dead daemon is removed. */
export async function listenUnix(path: string, createServer: CreateServer): Promise<Server> {
  await removeStaleSocket(path);
  const server = createServer();
  // The file is made inside listen(); the mask closes the moment before chmod.
  const mask = process.umask(0o177);
  const listening = listenOn(server, { path });
  process.umask(mask);
  await listening;
  chmodSync(path, 0o600);
  return server;
}

/** Listens on ports besides, on this machine's own address; answers the servers, and the ports that are taken. */
export async function listenBesides(
  ports: readonly number[],
  createServer: CreateServer,
): Promise<{ servers: Server[]; taken: number[] }> {
  const outcomes = await Promise.all(
    ports.map(async (port) => ({ port, bound: await bindAll(port, ["127.0.0.1"], createServer) })),
  );
  return {
    servers: outcomes.flatMap(({ bound }) =>
      bound === "taken" ? [] : bound.bound.map(({ server }) => server),
    ),
    taken: outcomes.flatMap(({ port, bound }) => (bound === "taken" ? [port] : [])),
  };
}

async function bindAll(
  port: number,
  hosts: readonly string[],
  createServer: CreateServer,
): Promise<TcpListeners | "taken"> {
  const bound: TcpListeners["bound"] = [];
  let bindPort = port;
  for (const host of hosts) {
    const server = createServer();
    const code = await tryListen(server, { host, port: bindPort, ipv6Only: host.includes(":") });
    if (code === "EADDRINUSE") {
      await Promise.all(bound.map((one) => closeServer(one.server)));
      return "taken";
    }
    if (code === null) {
      bound.push({ host, server });
      bindPort = portOf(server);
    } else if (bound.length === 0 || !absentCodes.has(code)) {
      throw cannotListen(host, bindPort, code);
    }
  }
  return { port: bindPort, bound };
}

function cannotListen(host: string, port: number, code: string): ProfclawError {
  return new ProfclawError("config-invalid", `Cannot listen on ${host} port ${port} (${code}).`, {
    hint:
      code === "EACCES" ? "Ports below 1024 need root; choose a higher one." : "Check the host and the port.",
  });
}

async function tryListen(server: Server, options: ListenOptions): Promise<string | null> {
  try {
    await listenOn(server, options);
    return null;
  } catch (error) {
    return codeOf(error);
  }
}

function listenOn(server: Server, options: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(options, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** Stops a server that has no requests yet. */
function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function removeStaleSocket(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) {
    throw new ProfclawError("config-invalid", `${path} is in the way of the daemon's socket.`, {
      hint: "Move that file away.",
    });
  }
  if (await answers(path)) {
    throw new ProfclawError("port-taken", `Another daemon answers on ${path}.`, {
      hint: "`profclaw down` stops it.",
    });
  }
  unlinkSync(path);
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", () => resolve(false));
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
