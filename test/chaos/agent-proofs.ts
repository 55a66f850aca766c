import type { Proof } from "./proof.ts";

const driversTest = "test/contract/external-drivers.test.ts";
const troubleTest = "test/contract/external-drivers-trouble.test.ts";
const orphansTest = "test/e2e/agent-orphans.test.ts";
const programsTest = "test/e2e/exec-agents.test.ts";
const asksTest = "test/e2e/agent-asks.test.ts";

/** The same promises for sessions whose agent is a program of its own. */
export const agentProofs: readonly Proof[] = [
  {
    promise: "P1",
    file: driversTest,
    name: "its daemon is killed and it is not: the next one hears it to its end, and books it once",
    limit: "each kind of driver: the same process, launched once, booked like a run that nobody disturbed",
  },
  {
    promise: "P1",
    file: programsTest,
    name: " its launch is on disk",
    limit: "killed right before and right after: one launch, one result",
  },
  {
    promise: "P1",
    file: programsTest,
    name: "that ended while no daemon was there is told of as it ended",
    limit: "its own exit code and text, read by the next daemon",
  },
  {
    promise: "P2",
    file: "test/e2e/claude-agent.test.ts",
    name: "is adopted when its daemon is killed in the middle of a turn, and nothing is booked twice",
    limit: "claude: one launch, the cost of one run",
  },
  {
    promise: "P2",
    file: "test/e2e/codex-process.test.ts",
    name: "is adopted when its daemon is killed in the middle of a turn, and nothing is booked twice",
    limit: "codex: one launch, the tokens of one run",
  },
  {
    promise: "P2",
    file: "test/e2e/acp-agents.test.ts",
    name: "is adopted when its daemon is killed, in a turn and between the first words, and asked nothing twice",
    limit: "ACP: one prompt, one answer",
  },
  {
    promise: "P2",
    file: troubleTest,
    name: "an answer before a bad exit code is judged with it, kept, and asked for once",
    limit: "each kind of driver, with a daemon there or none: one launch",
  },
  {
    promise: "P5",
    file: troubleTest,
    name: "killed from outside it has failed and says by what, or goes on in another process",
    limit: "each kind of driver: failed with the signal's name; codex: completed",
  },
  {
    promise: "P4",
    file: driversTest,
    name: "what is sent while it works is answered too, or refused by name",
    limit: "each kind of driver",
  },
  {
    promise: "P4",
    file: "test/e2e/codex-exec.test.ts",
    name: "mail of its last moment is heard in one more run, also when its daemon dies in between",
    limit: "answered, and booked once",
  },
  {
    promise: "P6",
    file: orphansTest,
    name: " nothing is left of what they started",
    limit:
      "grandchildren that called setsid; a stop, kill -9 of agents, of recorders, of daemon and recorders: 0 left",
  },
  {
    promise: "P6",
    file: orphansTest,
    name: "at their deadline they go as well, and a daemon that is killed alone leaves them to the next one",
    limit: "0 left",
  },
  {
    promise: "P6",
    file: driversTest,
    name: "stopped, it is gone soon with all of its processes, and says so",
    limit: "each kind of driver: 0 of its processes left",
  },
  {
    promise: "P7",
    file: "test/unit/ledger/allowance-book.test.ts",
    name: "whoever asks, spends within what it got and ends in whatever order: no limit is ever passed",
    limit: "a property of what agents are given, over random orders",
  },
  {
    promise: "P7",
    file: "test/unit/runners/agent-budget.test.ts",
    name: "claudes that share a batch's budget are never given more together than there is",
    limit: "five claudes with $1.00: given $1.00 at most",
  },
  {
    promise: "P7",
    file: programsTest,
    name: "keeps what is set aside for it when its daemon is killed: nobody else is given it",
    limit: "a day's $1.00: $0.80 and $0.20",
  },
  {
    promise: "P9",
    file: "test/unit/engine/agent-admission.test.ts",
    name: "with nothing in a slot the first is let through however little there is: nothing waits for ever",
    limit: "agents that do not fit wait, and none for ever",
  },
  {
    promise: "P10",
    file: asksTest,
    name: ": the answer counts, once",
    limit: "killed before and after the ask and its answer: one ask, one answer to the agent",
  },
  {
    promise: "P10",
    file: asksTest,
    name: "asks again where its yes was for a file that is another one by now",
    limit: "a yes is for exactly those bytes",
  },
  {
    promise: "P10",
    file: asksTest,
    name: "hears no where nobody answers in time, goes on, and is not asked about where nobody may be",
    limit: "nobody's answer is a no",
  },
  {
    promise: "P13",
    file: driversTest,
    name: "a line of ten megabytes stops nothing",
    limit: "each kind of driver",
  },
  {
    promise: "P15",
    file: "test/unit/engine/agent-asks-family.test.ts",
    name: "a parent can not allow its claude what it would have to ask for itself, but it can say no",
    limit: "refused by name; its no counts",
  },
];
