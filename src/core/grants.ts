/**
 * How far one kind of action is allowed: no < asks < list < list-else-asks < yes. `list` refuses
 * what is not listed, `list-else-asks` asks for it: so the second is the wider one.
 */
export const grantRanks = ["no", "asks", "list", "list-else-asks", "yes"] as const;

export type Grant = (typeof grantRanks)[number];

/** One row of the levels table, cell by cell; what a session carries, so that a child gets the meet. */
export interface Grants {
  reads: Grant;
  writes: Grant;
  testRun: Grant;
  bash: Grant;
  network: Grant;
  rest: Grant;
}
