/** What the log says of a daemon that serves. */
export function toReadyText({ pid, urls }: { pid: number; urls(this: void): string[] }): string {
  return `ready, pid ${pid}, ${urls().join(" ")}`;
}
