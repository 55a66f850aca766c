/** A task of at least so many characters. */
export function toTask(index: number, length = 0): string {
  return `bench task ${index} ${"with many words ".repeat(Math.ceil(length / 16))}`.trim();
}

/** Sessions as a spawn request has them. */
export function toSessions(count: number, taskLength = 0): { task: string }[] {
  return Array.from({ length: count }, (_, index) => ({
    task: toTask(index, taskLength),
    provider: "anthropic",
    tools: ["read_file", "grep", "glob"],
  }));
}
