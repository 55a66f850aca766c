import { setTimeout as sleep } from "node:timers/promises";
import { type Arena, createArena } from "../arena/arena.ts";
import type { Daemon } from "../arena/daemon.ts";
import { untilAllEnded } from "../arena/rest-of-life.ts";
import { until } from "../arena/until.ts";
import { type ChaosContext, defineFault } from "../define-fault.ts";
import { listSessions } from "../invariants/evidence.ts";
import { type Heard, findLostMail, findRepeated } from "../invariants/mail-kept.ts";
import { type Breach, toBreaches } from "../invariants/breach.ts";
import { type Letter, listLetters, stopWord, toLetter } from "../mail/letter.ts";
import { type MailPeer, createMailPeer } from "../mail/mail-peer.ts";
import { type Plan, parseTask, toTask } from "../model/plan.ts";
import type { Random } from "../random.ts";

const sizes = {
  short: { peers: 8, sessions: 3, letters: 400, broadcasts: 4, kills: 2 },
  full: { peers: 40, sessions: 10, letters: 10_000, broadcasts: 20, kills: 12 },
};

/** A session's history must hold what it hears; a peer takes what there is. */
const sizesInCharacters = { session: 60, peer: 2_000, longest: 262_000 };

interface Stage {
  arena: Arena;
  random: Random;
  peers: MailPeer[];
  plans: Plan[];
  /** By label: p3, s1. */
  addresses: Map<string, string>;
}

export const mailStorm = defineFault({
  name: "mail-storm",
  promise: ["P4"],
  figure: "messages between peers and sessions, readers killed at any moment, and the daemon under them",
  async run(context) {
    const size = sizes[context.scale];
    await using arena = await createArena({ build: context.build });
    const lives = { daemon: arena.launch(), kills: 0 };
    await lives.daemon.ready();
    const stage = await setStage(arena, context);
    const letters = writeLetters(stage, size.letters);
    const sending = { isOver: false };
    const reading = { isOver: false };
    const readers = stage.peers.map((peer) => peer.read(() => reading.isOver));
    const killing = killAgainAndAgain({ arena, lives, context }, () => sending.isOver);
    const accepted = await sendAll(stage, letters, size.broadcasts);
    sending.isOver = true;
    await killing;
    await stopListening(stage);
    await untilAllEnded(arena);
    // The ends of the sessions are mail too.
    reading.isOver = true;
    await Promise.all(readers);
    const heard = await listHeard(stage);
    const breaches = [...findLostMail(accepted, heard), ...(await findUntold(stage))];
    lives.daemon.signal("SIGTERM");
    await lives.daemon.ended;
    return {
      kind: "ran",
      figure: toFigure({ accepted, heard, stage, kills: lives.kills }, breaches),
      breaches,
    };
  },
});

async function setStage(arena: Arena, context: ChaosContext): Promise<Stage> {
  const { peers: peerCount, sessions } = sizes[context.scale];
  const { random } = context;
  const peers = Array.from({ length: peerCount }, (_, at) =>
    createMailPeer(arena, `p${at}`, random.fork(`peer ${at}`)),
  );
  const addresses = new Map<string, string>();
  for (const peer of peers) {
    const answer = await peer.call("/api/peers", {});
    addresses.set(peer.name, (JSON.parse(answer?.text ?? "{}") as { self: { id: string } }).self.id);
  }
  const plans = Array.from({ length: sessions }, (_, at): Plan => ({
    id: `s${at}`,
    steps: [],
    delayMs: 5,
    listens: true,
  }));
  const fixed = { provider: "anthropic", model: "claude-sonnet-4-6", max_turns: 10_000, timeout: 600_000 };
  const body = { sessions: plans.map((plan) => ({ task: toTask(plan), tools: ["wait"], ...fixed })) };
  const spawned = await peers[0]?.call("/api/agents/sessions", body);
  const made = (JSON.parse(spawned?.text ?? "{}") as { sessions: { id: string }[] }).sessions;
  for (const [at, { id }] of made.entries()) addresses.set(`s${at}`, id);
  return { arena, random, peers, plans, addresses };
}

/** By sender, in the order in which each sends its own. */
function writeLetters({ peers, addresses, random }: Stage, count: number): Map<string, Letter[]> {
  const [first = "", ...others] = addresses.keys();
  const numbers = new Map<string, number>();
  const letters = new Map(peers.map(({ name }) => [name, [] as Letter[]]));
  for (let sent = 0; sent < count; sent += 1) {
    const { name: from } = random.pick([peers[0], ...peers] as [MailPeer, ...MailPeer[]]);
    const to = random.pick([first, ...others]);
    if (to === from) continue;
    const pair = `${from} ${to}`;
    const number = numbers.get(pair) ?? 0;
    numbers.set(pair, number + 1);
    letters.get(from)?.push(toLetter(from, to, { number, size: toSize(to, random) }));
  }
  return letters;
}

function toSize(to: string, random: Random): number {
  if (to.startsWith("s")) return random.int(0, sizesInCharacters.session);
  return random.chance(0.01) ? sizesInCharacters.longest : random.int(0, sizesInCharacters.peer);
}

/** Answers, by label, which letters the daemon has accepted for it. */
async function sendAll(
  stage: Stage,
  letters: ReadonlyMap<string, Letter[]>,
  broadcasts: number,
): Promise<Map<string, string[]>> {
  const { peers, addresses } = stage;
  const addressOf = (label: string): string => addresses.get(label) ?? "";
  const [cast] = await Promise.all([
    sendBroadcasts(stage, broadcasts),
    ...peers.map((peer) => peer.send(letters.get(peer.name) ?? [], addressOf)),
  ]);
  const accepted = new Map([...addresses.keys()].map((label) => [label, [] as string[]]));
  for (const { id, to } of [...letters.values()].flat()) accepted.get(to)?.push(id);
  for (const [label, ids] of cast) accepted.get(label)?.push(...ids);
  return accepted;
}

/** From the peer that started the sessions to all of them; at its own pace: there are 30 a minute at most. */
async function sendBroadcasts({ peers, addresses }: Stage, count: number): Promise<Map<string, string[]>> {
  const labels = new Map([...addresses].map(([label, id]) => [id, label]));
  const accepted = new Map<string, string[]>();
  for (let number = 0; number < count; number += 1) {
    const { id, content } = toLetter("b0", "s0", { number, size: 10 });
    const body = { content, scope: "tree", idempotency_key: id };
    await until(
      `broadcast ${id} is accepted`,
      async () => {
        const answer = await peers[0]?.call("/api/messages/broadcast", body);
        if (answer?.status !== 200) return false;
        const { to } = JSON.parse(answer.text) as { to: string[] };
        for (const address of to) {
          const label = labels.get(address) ?? address;
          accepted.set(label, [...(accepted.get(label) ?? []), id]);
        }
        return true;
      },
      { withinMs: 60_000, pauseMs: 50 },
    );
    await sleep(200);
  }
  return accepted;
}

interface Killing {
  arena: Arena;
  lives: { daemon: Daemon; kills: number };
  context: ChaosContext;
}

/** While letters are sent, and to the end of the kills that were asked for. */
async function killAgainAndAgain({ arena, lives, context }: Killing, isOver: () => boolean): Promise<void> {
  const most = context.rounds ?? sizes[context.scale].kills;
  while (lives.kills < most && !isOver()) {
    await sleep(context.random.int(200, 1_200));
    await lives.daemon.kill();
    lives.kills += 1;
    context.log(`kill ${lives.kills} of ${most}`);
    lives.daemon = arena.launch();
    await lives.daemon.ready();
  }
}

async function stopListening({ arena, plans, addresses }: Stage): Promise<void> {
  for (const { id } of plans) {
    const path = `/api/agents/sessions/${addresses.get(id) ?? ""}/messages`;
    const answer = await arena.call(path, { body: { message: stopWord } });
    if (answer.status >= 300) throw new Error(`${id} cannot be told to stop: ${answer.text}`);
  }
}

async function listHeard({ arena, peers }: Stage): Promise<Heard[]> {
  const sessions = await listSessions(arena);
  const ofSessions = sessions.map(({ task, result }) => {
    const letters = (result?.text ?? "").split(" ").filter(Boolean);
    const repeated = letters.filter((id, at) => letters.indexOf(id) !== at);
    return { name: parseTask(task)?.id ?? task, letters, repeated };
  });
  const ofPeers = peers.map(({ name, record }) => ({
    name,
    letters: record.received.flatMap(listLetters),
    repeated: findRepeated(record.received, record.ackedAt),
  }));
  return [...ofSessions, ...ofPeers];
}

/** P5 for peers: the one that started the sessions has the result of each. */
async function findUntold({ peers, plans }: Stage): Promise<Breach[]> {
  const results = new Set(peers[0]?.record.results);
  return toBreaches(
    "a peer gets the result of each of its children",
    results.size === plans.length ? [] : [`${results.size} of ${plans.length}`],
  );
}

interface Counted {
  accepted: ReadonlyMap<string, readonly string[]>;
  heard: readonly Heard[];
  stage: Stage;
  kills: number;
}

function toFigure({ accepted, heard, stage, kills }: Counted, breaches: readonly Breach[]): string {
  const count = (invariant: string): number =>
    breaches.filter((breach) => breach.invariant === invariant).length;
  const sent = [...accepted.values()].reduce((sum, ids) => sum + ids.length, 0);
  const came = heard.reduce((sum, { letters }) => sum + letters.length, 0);
  const deaths = stage.peers.reduce((sum, { record }) => sum + record.deaths, 0);
  return [
    `${sent} messages to ${accepted.size} mailboxes, ${kills} kills of the daemon, ${deaths} of readers: lost ${count("accepted messages lost")}`,
    `${came - sent} came again before their ack, after it ${count("messages repeated after their ack")}`,
    `out of order ${count("messages in the order of their pair")}`,
  ].join("; ");
}
