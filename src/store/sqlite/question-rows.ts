import type { Address, Message } from "../../core/message.ts";
import type { AnswerOutcome, Question, QuestionOutcome } from "../mail.ts";
import type { Scope } from "./connection.ts";
import { getMessage, postMessage } from "./message-rows.ts";

/** The message and what makes it a question, unless its asker would wait for itself. */
export function postQuestion(scope: Scope, message: Message, until: number): QuestionOutcome {
  if (getQuestion(scope, message.id) !== undefined) return { kind: "asked" };
  const ring = findRing(scope, { from: message.to, to: message.from });
  if (ring !== null) return { kind: "cycle", ring };
  postMessage(scope, message);
  scope
    .statement("INSERT INTO questions (id, asker, addressee, until) VALUES (?, ?, ?, ?)")
    .run(message.id, message.from, message.to, until);
  return { kind: "asked" };
}

/** Along the questions that are waited for: the way from one address to another, or null. */
function findRing(scope: Scope, { from, to }: { from: Address; to: Address }): Address[] | null {
  const asked = scope.statement(
    "SELECT DISTINCT addressee FROM questions WHERE asker = ? AND answer_id IS NULL AND until > ?",
  );
  const ways = new Map<Address, Address[]>([[from, [from]]]);
  // A map goes on to what is added while it is walked.
  for (const [address, way] of ways) {
    if (address === to) return way;
    for (const { addressee } of asked.all(address, scope.now)) {
      const next = String(addressee);
      if (!ways.has(next)) ways.set(next, [...way, next]);
    }
  }
  return null;
}

export function getQuestion(scope: Scope, id: string): Question | undefined {
  const row = scope.statement("SELECT * FROM questions WHERE id = ?").get(id);
  if (row === undefined) return undefined;
  return {
    id,
    asker: String(row["asker"]),
    addressee: String(row["addressee"]),
    until: Number(row["until"]),
    answerId: row["answer_id"] === null ? null : String(row["answer_id"]),
  };
}

export function postAnswer(scope: Scope, message: Message): AnswerOutcome {
  const question = getQuestion(scope, message.replyTo ?? "");
  if (question === undefined) return "answered";
  if (question.answerId !== null) {
    const known = getMessage(scope, question.answerId);
    return known?.content === message.content ? "known" : "answered";
  }
  postMessage(scope, message);
  scope.statement("UPDATE questions SET answer_id = ? WHERE id = ?").run(message.id, question.id);
  return "posted";
}
