/** What is left to the machine, bytes: to other programs, and to the commands that sessions run. */
export function toSparedBytes(totalBytes: number): number {
  return Math.min(256 * 2 ** 20, totalBytes * 0.05);
}
