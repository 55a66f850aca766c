import type { Failpoints } from "../core/failpoint.ts";
import type { Store } from "./store.ts";

type JournalWrite = "write" | "acceptBatch" | "reopenSession" | "answerApproval";
type MailWrite = "postMessage" | "postBroadcast" | "postQuestion" | "postAnswer" | "ackMail";

/**
 * The same store; the failpoints are reached before and after each write of the journal, and each of mail. A rejection
 * before the write means that nothing was written; after it, that the caller does not know.
 */
export function withFailpoints(store: Store, failpoints: Failpoints): Store {
  const around = async <Value>(
    step: "mail-post" | "mail-ack",
    work: () => Promise<Value>,
  ): Promise<Value> => {
    await failpoints.reach("before", [step]);
    const value = await work();
    await failpoints.reach("after", [step]);
    return value;
  };
  const changed: Pick<Store, JournalWrite | MailWrite> = {
    postMessage: (message) => around("mail-post", () => store.postMessage(message)),
    postBroadcast: (broadcast) => around("mail-post", () => store.postBroadcast(broadcast)),
    postQuestion: (message, until) => around("mail-post", () => store.postQuestion(message, until)),
    postAnswer: (message) => around("mail-post", () => store.postAnswer(message)),
    ackMail: (mail) => around("mail-ack", () => store.ackMail(mail)),
    async write(write) {
      const types = write.events.map(({ type }) => type);
      await failpoints.reach("before", types);
      const outcome = await store.write(write);
      await failpoints.reach("after", types);
      return outcome;
    },
    async answerApproval(answer) {
      await failpoints.reach("before", ["approval-answer"]);
      const outcome = await store.answerApproval(answer);
      if (outcome.kind === "answered") await failpoints.reach("after", ["approval-answer"]);
      return outcome;
    },
    async acceptBatch(batch) {
      const opening = batch.opening?.events.slice(0, 1) ?? [];
      const types = ["session-create" as const, ...opening.map(({ type }) => type)];
      await failpoints.reach("before", types);
      const outcome = await store.acceptBatch(batch);
      await failpoints.reach("after", types);
      return outcome;
    },
    async reopenSession(reopening) {
      await failpoints.reach("before", [reopening.event.type]);
      const outcome = await store.reopenSession(reopening);
      await failpoints.reach("after", [reopening.event.type]);
      return outcome;
    },
  };
  return new Proxy(store, {
    get: (target, name) => Reflect.get(name in changed ? changed : target, name) as unknown,
  });
}
