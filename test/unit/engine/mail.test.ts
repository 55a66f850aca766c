import { afterEach, beforeEach, expect, test } from "vitest";
import type { CallContext, Caller } from "../../../src/contract/implement.ts";
import type { MailView } from "../../../src/contract/mail-shapes.ts";
import { until } from "../../support/e2e/until.ts";
import { type InProcessDaemon, admin, startInProcessDaemon } from "../../support/daemon/in-process-daemon.ts";

let daemon: InProcessDaemon;

// As many run at once by default.
const slots = 10;

const as = (caller: Caller): CallContext => ({ ...admin, caller });
const session = (sessionId: string): CallContext => as({ kind: "session", sessionId });
const peer = (name: string): CallContext => as({ kind: "local", peer: name });
const lead = peer("lead");

beforeEach(async () => {
  daemon = await startInProcessDaemon(({ firstUserText, turn, lastUserText }) =>
    firstUserText === "quick"
      ? { text: turn === 0 ? "quick result" : `read ${lastUserText}` }
      : { hang: true },
  );
});
afterEach(() => daemon.close());

/** Sessions that a peer has spawned, and that live on until they are ended. They have asked their model: no mail is theirs before the next turn. */
async function spawnAs(context: CallContext, tasks: readonly string[]): Promise<string[]> {
  const sessions = tasks.map((task) => ({ task, provider: "anthropic" }));
  const asked = daemon.model.requests.length;
  const { sessions: made } = await daemon.handlers.createSessions({ sessions }, context);
  await until(
    () => daemon.model.requests.length,
    (count) => count >= Math.min(asked + tasks.length, slots),
  );
  return made.map(({ id }) => id);
}

async function inbox(context: CallContext, mark_read = false): Promise<MailView[]> {
  return (await daemon.handlers.readInbox({ limit: 50, mark_read }, context)).messages;
}

const waitFor = (context: CallContext, tasks: string[], more: object = {}) =>
  daemon.handlers.waitForMail({ tasks, until: "all", timeout_s: 5, mark_read: false, ...more }, context);

const refusal = (code: string) => expect.objectContaining({ code });

test("a session's whisper is unread until it is acked, and comes whole, with its true sender", async () => {
  const [a = "", b = ""] = await spawnAs(lead, ["a", "b"]);
  const content = "ä".repeat(131_072);
  const sent = await daemon.handlers.whisper({ to_cid: b.slice(0, 12), content }, session(a));
  expect(sent).toMatchObject({ to_cid: b, woken: false });
  const [mail] = await inbox(session(b));
  expect(mail).toMatchObject({ id: sent.id, kind: "whisper", from_cid: a, content, acked: false });
  expect(await inbox(session(b), true)).toHaveLength(1);
  expect(await inbox(session(b))).toEqual([]);
  expect(await inbox(session(a))).toEqual([]);
});

test("mail of one sender comes in the order in which it was sent, and a cursor goes on where a page ended", async () => {
  const [a = "", b = ""] = await spawnAs(lead, ["a", "b"]);
  for (let n = 0; n < 5; n += 1) await daemon.handlers.whisper({ to_cid: b, content: `${n}` }, session(a));
  const first = await daemon.handlers.readInbox({ limit: 2, mark_read: false }, session(b));
  const rest = await daemon.handlers.readInbox(
    { limit: 9, mark_read: false, cursor: first.cursor ?? "" },
    session(b),
  );
  expect([...first.messages, ...rest.messages].map(({ content }) => content)).toEqual([
    "0",
    "1",
    "2",
    "3",
    "4",
  ]);
  expect(first.unread).toBe(5);
});

test("a broadcast reaches the tree and its peer; another tree hears nothing; a session never reaches all", async () => {
  const [a = "", b = "", c = ""] = await spawnAs(lead, ["a", "b", "c"]);
  const [stranger = ""] = await spawnAs(peer("other"), ["d"]);
  const sent = await daemon.handlers.broadcast({ content: "stop" }, session(a));
  const { self } = await daemon.handlers.listPeers({}, lead);
  expect(sent.to.toSorted()).toEqual([b, c, self.id].toSorted());
  for (const context of [session(b), session(c), lead])
    expect(await inbox(context, true)).toMatchObject([{ kind: "broadcast", content: "stop", from_cid: a }]);
  expect(await inbox(session(stranger))).toEqual([]);
  await expect(daemon.handlers.broadcast({ content: "x", scope: "all" }, session(a))).rejects.toEqual(
    refusal("policy-denied"),
  );
  const all = await daemon.handlers.broadcast({ content: "to all" }, admin);
  expect(all.to).toEqual(expect.arrayContaining([a, b, c, stranger, self.id]));
});

test("an answer reaches who asks at once, and its question is closed", async () => {
  const [a = "", b = ""] = await spawnAs(lead, ["a", "b"]);
  const asking = daemon.handlers.ask({ to_cid: b, question: "port?", timeout_s: 5 }, session(a));
  await expect.poll(() => inbox(session(b))).toHaveLength(1);
  const [question] = await inbox(session(b), true);
  const qid = question?.id ?? "";
  await expect(daemon.handlers.respond({ qid, content: "1" }, lead)).rejects.toEqual(refusal("not-found"));
  const answered = await daemon.handlers.respond({ qid, content: "4000" }, session(b));
  expect(answered).toMatchObject({ qid, to_cid: a, status: "in_time" });
  expect(await asking).toEqual({ status: "answered", qid, answer: "4000", hint: null });
  expect(await inbox(session(a))).toEqual([]);
  expect(await daemon.handlers.respond({ qid, content: "4000" }, session(b))).toMatchObject({ qid });
  await expect(daemon.handlers.respond({ qid, content: "5" }, session(b))).rejects.toEqual(
    refusal("question-closed"),
  );
});

test("a late answer still arrives, tied to its question", async () => {
  const [a = "", b = ""] = await spawnAs(lead, ["a", "b"]);
  const asked = await daemon.handlers.ask({ to_cid: b, question: "port?", timeout_s: 0 }, session(a));
  expect(asked).toMatchObject({ status: "timed_out", answer: null });
  await new Promise((resolve) => setTimeout(resolve, 5));
  const late = await daemon.handlers.respond({ qid: asked.qid, content: "4000" }, session(b));
  expect(late.status).toBe("late");
  expect(await inbox(session(a))).toMatchObject([{ kind: "answer", content: "4000", reply_to: asked.qid }]);
});

test("who would wait for itself is refused at once: over two, and over three", async () => {
  const [a = "", b = "", c = ""] = await spawnAs(lead, ["a", "b", "c"]);
  const asks = [
    daemon.handlers.ask({ to_cid: b, question: "?", timeout_s: 2 }, session(a)),
    daemon.handlers.ask({ to_cid: c, question: "?", timeout_s: 2 }, session(b)),
  ];
  await expect.poll(() => inbox(session(c))).toHaveLength(1);
  for (const [from, to] of [
    [b, a],
    [c, a],
  ] as const) {
    const asking = daemon.handlers.ask({ to_cid: to, question: "?", timeout_s: 2 }, session(from));
    await expect(asking).rejects.toEqual(refusal("wait-cycle"));
  }
  expect(await inbox(session(a))).toEqual([]);
  expect((await Promise.all(asks)).map(({ status }) => status)).toEqual(["timed_out", "timed_out"]);
});

test("nobody writes to nobody, to itself, into another tree, or to who has ended", async () => {
  const [a = ""] = await spawnAs(lead, ["a"]);
  const [b = ""] = await spawnAs(lead, ["b"]);
  const [done = ""] = await spawnAs(peer("other"), ["quick"]);
  await daemon.untilEnded([done]);
  const whisper = (to_cid: string, context: CallContext) =>
    daemon.handlers.whisper({ to_cid, content: "hi" }, context);
  await expect(whisper("nobody", session(a))).rejects.toEqual(refusal("not-found"));
  // Seventeen ids, sixteen first characters.
  const many = await spawnAs(
    lead,
    Array.from({ length: 17 }, () => "many"),
  );
  const first = many.map(([character = ""]) => character);
  const shared = first.find((character, at) => first.indexOf(character) !== at) ?? "";
  await expect(whisper(shared, lead)).rejects.toEqual(refusal("ambiguous-id"));
  await expect(whisper(a, session(a))).rejects.toEqual(refusal("invalid-request"));
  await expect(whisper("lead", lead)).rejects.toEqual(refusal("invalid-request"));
  await expect(whisper(b, session(a))).rejects.toEqual(refusal("policy-denied"));
  await expect(whisper("other", session(a))).rejects.toEqual(refusal("policy-denied"));
  await expect(waitFor(session(a), [b])).rejects.toEqual(refusal("policy-denied"));
  await expect(waitFor(session(a), [a])).rejects.toEqual(refusal("invalid-request"));
});

test("the same key of the same sender is one message; with other words it is refused", async () => {
  const [a = "", b = ""] = await spawnAs(lead, ["a", "b"]);
  const input = { to_cid: b, content: "once", idempotency_key: "k" };
  const [first, second] = [
    await daemon.handlers.whisper(input, session(a)),
    await daemon.handlers.whisper(input, session(a)),
  ];
  expect(second.id).toBe(first.id);
  await daemon.handlers.whisper(input, lead);
  expect(await inbox(session(b))).toHaveLength(2);
  await expect(daemon.handlers.whisper({ ...input, content: "other" }, session(a))).rejects.toEqual(
    refusal("idempotency-key-reused"),
  );
});

test("a peer keeps its id and its mail over a crash, and gets the results of what it spawned", async () => {
  const [id = ""] = await spawnAs(lead, ["quick"]);
  await daemon.untilEnded([id]);
  const { self } = await daemon.handlers.listPeers({}, lead);
  await daemon.crash();
  expect((await daemon.handlers.listPeers({}, lead)).self.id).toBe(self.id);
  expect(await inbox(lead)).toMatchObject([{ kind: "result", from_cid: id, content: "quick result" }]);
  expect((await daemon.handlers.getSession({ id }, admin)).parent_id).toBe(self.id);
  expect(await inbox(peer("other"))).toEqual([]);
  const shown = await daemon.handlers.showInbox({ id: "lead", unread: "true", limit: 5 }, admin);
  expect(shown.messages).toMatchObject([{ kind: "result", acked: false }]);
});

test("who waits for tasks is not woken by old results of others, however many are unread; a word still wakes it", async () => {
  const old = await spawnAs(
    lead,
    Array.from({ length: 30 }, () => "quick"),
  );
  await daemon.untilEnded(old);
  const [a = "", b = ""] = await spawnAs(lead, ["a", "b"]);
  expect(await waitFor(lead, old, { mark_read: false })).toMatchObject({ status: "done", hint: null });
  expect(await waitFor(lead, [a], { timeout_s: 1 })).toMatchObject({ status: "timed_out", messages: [] });
  const waiting = waitFor(lead, [a]);
  await daemon.handlers.whisper({ to_cid: "lead", content: "look here" }, session(b));
  expect(await waiting).toMatchObject({
    status: "message",
    messages: [{ kind: "whisper", content: "look here" }],
    hint: expect.stringContaining("mark_read"),
  });
  // Without tasks it is mail that is waited for, and results are mail.
  expect((await waitFor(lead, [])).messages).toHaveLength(20);
});

test("an ended session goes on to read what its parent or its peer writes, and ends again with it", async () => {
  const [id = ""] = await spawnAs(lead, ["quick"]);
  await daemon.untilEnded([id]);
  const sent = await daemon.handlers.whisper({ to_cid: id, content: "one more thing" }, lead);
  expect(sent.woken).toBe(true);
  await daemon.until(id, ({ turns, ended_at }) => turns === 2 && ended_at !== null);
  const view = await daemon.handlers.getSession({ id }, admin);
  expect(view.result?.text).toContain("one more thing");
  const results = (await inbox(lead)).map(({ content }) => content);
  expect(results).toHaveLength(2);
});

test("wait answers when enough have ended, when other mail comes, or when the time is over", async () => {
  const [quick = "", slow = ""] = await spawnAs(lead, ["quick", "slow"]);
  const any = await waitFor(lead, [quick, slow], { until: "any" });
  expect([any.status, any.tasks.map(({ status }) => status)]).toEqual(["done", ["completed", "running"]]);
  const waiting = waitFor(lead, [quick, slow], { mark_read: true });
  await daemon.handlers.whisper({ to_cid: "lead", content: "look" }, session(slow));
  expect(await waiting).toMatchObject({ status: "message", messages: [{ content: "look", acked: true }] });
  // The result of one that is not waited for is mail like any other.
  expect(await inbox(lead, true)).toMatchObject([{ kind: "result", from_cid: quick }]);
  expect(await waitFor(lead, [slow], { timeout_s: 0 })).toMatchObject({
    status: "timed_out",
    tasks: [{ id: slow }],
  });
  const all = waitFor(lead, [quick, slow], { mark_read: true });
  await daemon.handlers.cancelSession({ id: slow }, admin);
  expect((await all).status).toBe("done");
  expect(await inbox(lead)).toEqual([]);
  await expect(waitFor(lead, [slow], { until: 2 })).rejects.toEqual(refusal("invalid-request"));
});

test("a wait ends when its caller goes, and hears nothing more", async () => {
  const gone = new AbortController();
  const waiting = waitFor({ ...lead, signal: gone.signal }, []);
  gone.abort();
  expect((await waiting).status).toBe("timed_out");
});

test("peers tells a session its tree and a peer its own trees; what they do is shown", async () => {
  const [a = "", b = ""] = await spawnAs(lead, ["a", "b"]);
  const [c = ""] = await spawnAs(peer("other"), ["c"]);
  const ofSession = await daemon.handlers.listPeers({}, session(a));
  expect(ofSession.self).toMatchObject({ id: a, kind: "session", task: "a" });
  expect(ofSession.peers.map(({ id, name }) => name ?? id).toSorted()).toEqual([b, "lead"].toSorted());
  const ofPeer = await daemon.handlers.listPeers({}, lead);
  const ids = ofPeer.peers.map(({ id, name }) => name ?? id);
  expect(ids).toEqual(expect.arrayContaining([a, b, "other"]));
  expect(ids).not.toContain(c);
});

test("a session that broadcasts in a loop is stopped; a reader that never reads gets no more", async () => {
  const [a = ""] = await spawnAs(lead, ["a"]);
  for (let n = 0; n < 30; n += 1) await daemon.handlers.broadcast({ content: "x" }, session(a));
  await expect(daemon.handlers.broadcast({ content: "x" }, session(a))).rejects.toEqual(refusal("too-many"));
});

test("a read whose answer was lost brings the same again under its key; another key brings what came since", async () => {
  const [a = "", b = ""] = await spawnAs(lead, ["a", "b"]);
  const write = (content: string) => daemon.handlers.whisper({ to_cid: b, content }, session(a));
  const read = async (idempotency_key: string) => {
    const { messages } = await daemon.handlers.readInbox(
      { limit: 50, mark_read: true, idempotency_key },
      session(b),
    );
    return messages.map(({ content }) => content);
  };
  await write("first");
  expect(await read("one")).toEqual(["first"]);
  await write("second");
  expect(await read("one")).toEqual(["first"]);
  await write("third");
  const waited = await waitFor(session(b), [], { mark_read: true, idempotency_key: "two" });
  expect(waited.messages.map(({ content }) => content)).toEqual(["second", "third"]);
  const again = await waitFor(session(b), [], { mark_read: true, idempotency_key: "two" });
  expect(again).toEqual(waited);
  expect(await read("three")).toEqual([]);
});

test("mail is acked by its ids with the next read; ids of nobody and of others change nothing", async () => {
  const [a = "", b = ""] = await spawnAs(lead, ["a", "b"]);
  for (const content of ["first", "second"]) {
    await daemon.handlers.whisper({ to_cid: b, content }, session(a));
  }
  const [first] = await inbox(session(b));
  const stolen = { limit: 50, mark_read: false, ack: [first?.id ?? "", "nobody's"] };
  await daemon.handlers.readInbox(stolen, session(a));
  expect(await inbox(session(b))).toHaveLength(2);
  const { messages, unread } = await daemon.handlers.readInbox(stolen, session(b));
  expect([messages.map(({ content }) => content), unread]).toEqual([["second"], 1]);
});
