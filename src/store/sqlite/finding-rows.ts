import type { Finding, Vote, VotedFinding } from "../../core/finding.ts";
import type { FindingQuery } from "../findings.ts";
import type { Scope } from "./connection.ts";
import { parseStored } from "./damage.ts";

const selectFindings = "SELECT id, author, root_id, text, evidence, created_at FROM findings";

export function addFinding(scope: Scope, finding: Finding, most: number): boolean {
  const { id, author, rootId, text, evidence, createdAt } = finding;
  if (scope.statement("SELECT 1 FROM findings WHERE id = ?").get(id) !== undefined) return true;
  const { count } =
    (rootId === null
      ? scope
          .statement("SELECT COUNT(*) AS count FROM findings WHERE root_id IS NULL AND author = ?")
          .get(author)
      : scope.statement("SELECT COUNT(*) AS count FROM findings WHERE root_id = ?").get(rootId)) ?? {};
  if (Number(count) >= most) return false;
  scope
    .statement(
      "INSERT INTO findings (id, author, root_id, text, evidence, created_at) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .run(id, author, rootId, text, JSON.stringify(evidence), createdAt);
  return true;
}

export function getFinding(scope: Scope, id: string): VotedFinding | undefined {
  const row = scope.statement(`${selectFindings} WHERE id = ?`).get(id);
  return row === undefined ? undefined : toFinding(scope, row);
}

export function listFindings(scope: Scope, { rootIds, authors, limit }: FindingQuery): VotedFinding[] {
  const isAll = rootIds === undefined && authors === undefined;
  const where = `root_id IN (SELECT value FROM json_each(?))
    OR (root_id IS NULL AND author IN (SELECT value FROM json_each(?)))`;
  const given = isAll ? [] : [JSON.stringify(rootIds ?? []), JSON.stringify(authors ?? [])];
  return scope
    .statement(`${selectFindings} ${isAll ? "" : `WHERE ${where}`} ORDER BY number LIMIT ?`)
    .all(...given, limit)
    .map((row) => toFinding(scope, row));
}

export function castVote(scope: Scope, { findingId, voter, weight, reason, at }: Vote): void {
  scope
    .statement(
      `INSERT INTO votes (finding, voter, weight, reason, at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (finding, voter) DO UPDATE SET weight = excluded.weight, reason = excluded.reason, at = excluded.at`,
    )
    .run(findingId, voter, weight, reason, at);
}

function toFinding(scope: Scope, raw: object): VotedFinding {
  const row = raw as {
    id: string;
    author: string;
    root_id: string | null;
    text: string;
    evidence: string;
    created_at: number;
  };
  const votes = scope
    .statement("SELECT voter, weight, reason, at FROM votes WHERE finding = ? ORDER BY at, voter")
    .all(row.id) as unknown as Omit<Vote, "findingId">[];
  return {
    id: row.id,
    author: row.author,
    rootId: row.root_id,
    text: row.text,
    evidence: parseStored(row.evidence) as string[],
    createdAt: row.created_at,
    votes: votes.map(({ voter, weight, reason, at }) => ({ findingId: row.id, voter, weight, reason, at })),
  };
}
