import { connect } from "node:net";

const probeMs = 300;

/** True if something takes connections at an address; nothing is sent. */
export function isListening({ hostname, port, protocol }: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({
      host: hostname.replaceAll(/^\[|\]$/g, ""),
      port: Number(port || (protocol === "https:" ? 443 : 80)),
    });
    const end = (listens: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(listens);
    };
    const timer = setTimeout(() => end(false), probeMs);
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
  });
}
