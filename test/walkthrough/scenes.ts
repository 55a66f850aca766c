/** A command of a picture, as typed after the prompt. `{name}` is an id that an earlier scene has kept. */
interface Shot {
  type: string;
  /** Taken as soon as the screen looks so, instead of at its end. */
  until?: (screen: string) => boolean;
}

/** A section of the page: what is said, and the picture of what is typed. */
export interface Scene {
  name: string;
  title: string;
  text: string;
  /** Typed before, without a picture; what it prints is kept under this name. */
  before?: readonly { type: string; keepAs?: string }[];
  shots: readonly Shot[];
}

const three =
  'profclaw agent spawn --task "Review the authentication module for security issues" --task "Check test coverage for the API routes" --task "Audit environment variable usage" --tools read_file,grep,glob,test_run';

const isMidway = (screen: string): boolean =>
  /2 running, 1 completed/.test(screen) && / {2}3 {2}\$.*\n.* {2}3 {2}\$/.test(screen);

export const scenes: readonly Scene[] = [
  {
    name: "doctor",
    title: "Is all in place?",
    text: "`profclaw doctor` looks at everything that could keep sessions from running, and says what to type. Keys are named, never shown. No daemon is needed.",
    shots: [{ type: "profclaw doctor" }],
  },
  {
    name: "spawn",
    title: "Three at once",
    text: "`agent spawn` starts sessions that work in parallel and waits for them. On a terminal it shows a live table; Ctrl-C detaches, and they go on. The first command starts the daemon.",
    shots: [{ type: three, until: isMidway }],
  },
  {
    name: "result",
    title: "What came of it",
    text: "The results come when all have ended, or one by one by any unique start of an id.",
    before: [
      {
        type: "profclaw agent sessions -a --limit 1 --json | grep -m1 '\"id\"' | cut -d '\"' -f 4",
        keepAs: "audit",
      },
    ],
    shots: [{ type: "profclaw agent result {audit}" }],
  },
  {
    name: "tree",
    title: "Sessions that spawn sessions",
    text: "A session may spawn others, within bounds that hold for the whole tree. `--tree` shows who spawned whom.",
    before: [
      {
        type: 'profclaw agent spawn --provider groq --task "Plan the release of version 2" --label team=release',
      },
    ],
    shots: [{ type: "profclaw agent sessions -a --tree" }],
  },
  {
    name: "approvals",
    title: "When one asks for leave",
    text: "What the level does not allow by itself waits for a person, without holding a slot and over restarts. A yes is for exactly those bytes, once.",
    before: [
      {
        type: 'profclaw agent spawn -d --provider groq --task "Pin the Node version in package.json" 2>/dev/null',
        keepAs: "pin",
      },
      { type: "until profclaw approvals | grep -q npm; do sleep 0.1; done" },
    ],
    shots: [
      { type: "profclaw approvals" },
      { type: "profclaw agent answer {pin} allow" },
      { type: "profclaw agent wait {pin} && profclaw agent result {pin}" },
    ],
  },
  {
    name: "logs",
    title: "Step by step",
    text: "Every step is in the journal before it counts: `agent logs` reads it, `-f` follows it live.",
    shots: [{ type: "profclaw agent logs {pin}" }],
  },
  {
    name: "policy",
    title: "Rules of your own",
    text: "Rules in `~/.profclaw/config.yaml` are matched on parsed words. `policy check` runs nothing and names the rule, with its file, line and column.",
    shots: [
      { type: 'profclaw policy check "git log -3"' },
      { type: 'profclaw policy check "npm run lint && git push"' },
    ],
  },
  {
    name: "cost",
    title: "What it cost",
    text: "A row per model call is in the ledger; the sums are its sums. A call without a known price is counted as unpriced, never as free.",
    shots: [
      { type: "profclaw cost --today" },
      { type: "profclaw cost --today --by label" },
      { type: "profclaw cost limits" },
    ],
  },
  {
    name: "status",
    title: "The daemon",
    text: "One daemon owns the state folder. It ends by itself when it is idle, and is brought back after a crash.",
    shots: [{ type: "profclaw status" }],
  },
  {
    name: "demo",
    title: "And if it is killed?",
    text: "`profclaw demo` needs no key: it runs three sessions on a simulated model, kills its own daemon with SIGKILL while they answer, and counts afterwards what was paid.",
    shots: [{ type: "profclaw demo | tail -7" }],
  },
];
