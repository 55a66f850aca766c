import { grantRanks, type Grant, type Grants } from "../core/grants.ts";

/** What both allow, cell by cell: what a child of `a` gets that asks for `b`. Never above either. */
export function meet(a: Grants, b: Grants): Grants {
  return {
    reads: meetGrant(a.reads, b.reads),
    writes: meetGrant(a.writes, b.writes),
    testRun: meetGrant(a.testRun, b.testRun),
    bash: meetGrant(a.bash, b.bash),
    network: meetGrant(a.network, b.network),
    rest: meetGrant(a.rest, b.rest),
  };
}

/** The lower of two cells. */
export function meetGrant(a: Grant, b: Grant): Grant {
  return grantRanks.indexOf(a) <= grantRanks.indexOf(b) ? a : b;
}
