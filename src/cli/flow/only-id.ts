/** The id behind a command; commander has made sure that there is one. */
export function toOnlyId(args: readonly string[]): string {
  return args[0] ?? "";
}
