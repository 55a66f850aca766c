/** How far one kind of action is allowed: no < asks < list < yes. */
export const grantRanks = ["no", "asks", "list", "yes"] as const;

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
