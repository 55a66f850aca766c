import { agentProofs } from "./agent-proofs.ts";
import type { Proof } from "./proof.ts";

const reaperTest = "test/unit/sandbox/reaper.test.ts";
const crowdTest = "test/unit/governor/crowd.test.ts";
const budgetTest = "test/unit/engine/budgets.test.ts";
const approvalTest = "test/unit/engine/approvals.test.ts";
const serverTest = "test/contract/server.test.ts";

/** What is proved elsewhere; `npm run chaos` runs these too and puts them below its own faults. */
export const proofs: readonly Proof[] = [
  {
    promise: "P5",
    file: "test/e2e/parallel-sessions.test.ts",
    name: "S8: each child's end comes to its parent exactly once, whatever it is, also over a kill -9",
    limit: "each end is in the parent's request exactly once",
  },
  {
    promise: "P6",
    file: reaperTest,
    name: "of kill -9, all tool processes are gone within two seconds, setsid or not",
    limit: "30 processes of 10 commands, 20 of them with setsid: 0 left after 2 s",
  },
  {
    promise: "P7",
    file: budgetTest,
    name: "25 sessions racing for $1 spend at most $1 by the server's own count, and most of it",
    limit: "$0.90 to $1.00 by the model server's count",
  },
  {
    promise: "P7",
    file: budgetTest,
    name: "a cap holds over two kills in the middle of the race: what was in flight counts at its worst",
    limit: "$1.00 at most, two kills in between",
  },
  {
    promise: "P7",
    file: "test/unit/ledger/budget-book.test.ts",
    name: "whatever is reserved and settled in whatever order, spent and set aside never go above a limit",
    limit: "a property, over random orders",
  },
  {
    promise: "P8",
    file: "test/unit/engine/fan-out.test.ts",
    name: "ten sessions that fail in the same way stop the rest of their batch, which says why; other batches go on",
    limit: "stopped after 10 identical failures",
  },
  {
    promise: "P10",
    file: approvalTest,
    name: "P10: nobody's answer is a no, and the model is told how long was waited",
    limit: "nothing was done",
  },
  {
    promise: "P10",
    file: approvalTest,
    name: "P10: an ask survives a crash, and so does an answer that nobody has acted on",
    limit: "two crashes, the call ran once",
  },
  {
    promise: "P10",
    file: approvalTest,
    name: "P10: of two answers at once one wins, and the other is told who and when",
    limit: "1 of 3 answers written, the call ran once",
  },
  {
    promise: "P10",
    file: "test/unit/tools/run-tool.test.ts",
    name: "a yes opens the gate for exactly those bytes, and a no closes it with what was said",
    limit: "other bytes are asked about again",
  },
  {
    promise: "P9",
    file: crowdTest,
    name: "a 529 wall of 15 minutes loses none of 1,000 sessions and sees about 120 requests",
    limit: "fixed clock, 5 seeds: 1,000 of 1,000 completed, fewer than 150 requests in the wall",
  },
  {
    promise: "P9",
    file: crowdTest,
    name: "three of ten calls refused at random, calls of ",
    limit: "30 % of 429, fixed clock: goodput above fixed concurrency in 5 settings",
  },
  {
    promise: "P9",
    file: "test/unit/engine/governor.test.ts",
    name: "40 sessions pass a 4 s wall of 429 with Retry-After 1 to 2 s: all completed, pool of ",
    limit: "40 of 40 completed in under 30 s, fewer than 100 requests",
  },
  {
    promise: "P11",
    file: serverTest,
    name: "our user without a token gets what is local",
    limit: "every route: what is local, 401 for the rest",
  },
  {
    promise: "P11",
    file: serverTest,
    name: " is refused on every route, whoever calls",
    limit: "every route × foreign hosts, origins and pages × 4 callers",
  },
  {
    promise: "P11",
    file: serverTest,
    name: "a wrong token is refused on every route, also where none is needed",
    limit: "every route: 401",
  },
  {
    promise: "P13",
    file: "test/unit/daemon/daemon-log.test.ts",
    name: "a log storm fills three files of ten megabytes, and the newest lines are whole",
    limit: "60,000 lines of a kilobyte: 30 MB at most",
  },
  {
    promise: "P13",
    file: "test/unit/sandbox/run-command.test.ts",
    name: "a flood keeps its head and tail, says what was cut, and stays out of memory",
    limit: "bounded whatever a command prints",
  },
  {
    promise: "P14",
    file: "test/unit/daemon/boring-restart.test.ts",
    name: "SIGTERM under load ends within ten seconds, and the sessions go on after it",
    limit: "10 s, with 30 calls in flight that never answer",
  },
  {
    promise: "P15",
    file: "test/unit/policy/levels.test.ts",
    name: "is never above either, and as wide as both allow",
    limit: "a property of meet(parent, child), over random grants",
  },
  {
    promise: "P15",
    file: "test/unit/engine/children.test.ts",
    name: "a child never has more tools or rights than its parent",
    limit: "what the child's request carries",
  },
  {
    promise: "P15",
    file: "test/e2e/access.test.ts",
    name: "P15: it does so too from a process of its own without the marker, and whatever parent it names",
    limit: "refused, over HTTP from below a session's command",
  },
  ...agentProofs,
];
