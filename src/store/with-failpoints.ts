import type { Failpoints } from "../core/failpoint.ts";
import type { Store } from "./store.ts";

/**
 * The same store; the failpoints are reached before and after each write of the journal. A rejection
 * before the write means that nothing was written; after it, that the caller does not know.
 */
export function withFailpoints(store: Store, failpoints: Failpoints): Store {
  const changed: Pick<Store, "write" | "acceptBatch" | "reopenSession" | "answerApproval"> = {
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
