import { ProfclawError } from "../core/errors.ts";
import type { Vote, VotedFinding } from "../core/finding.ts";
import { toShortId } from "../core/id.ts";
import { type Actor, toAddress } from "../mailbox/actor.ts";
import type { EngineParts } from "./engine-parts.ts";

/** What a tree may hold, and a peer beside its trees. */
const mostFindings = 1_000;
const idPrefix = "f-";
const mostCandidates = 6;

export interface NewFinding {
  id: string;
  text: string;
  evidence: string[];
  /** The tree that it is for, where a peer says so; a session's own is its own. */
  rootId: string | null;
}

/** Where things are found out and voted on. */
export interface FindingsDesk {
  /** The same id twice is one finding. Throws too-many. */
  distill(from: Actor, finding: NewFinding): Promise<VotedFinding>;
  /** `finding`: an id or a unique start of one. Throws not-found, ambiguous-id, and invalid-request for one's own. */
  vote(from: Actor, finding: string, vote: Pick<Vote, "weight" | "reason">): Promise<VotedFinding>;
  /** The findings that this actor may see: a session's own tree's, and its peer's. */
  list(from: Actor, rootIds?: readonly string[]): Promise<VotedFinding[]>;
}

/** A finding's id from what makes it unlike others: short enough that models copy it right. */
export function toFindingId(hash: string): string {
  return `${idPrefix}${hash.slice(0, 10)}`;
}

export function createFindingsDesk({ store, clock }: Pick<EngineParts, "store" | "clock">): FindingsDesk {
  const desk = { store, clock };
  return {
    async distill(from, { id, text, evidence, rootId }) {
      const finding = {
        id,
        author: toAddress(from),
        rootId: from.kind === "session" ? from.session.rootId : rootId,
        text,
        evidence,
        createdAt: clock.now(),
      };
      if (!(await store.addFinding(finding, mostFindings))) {
        throw new ProfclawError(
          "too-many",
          `There are ${mostFindings} findings already; no more are taken.`,
          {
            hint: "Vote on those there are, or consolidate them.",
          },
        );
      }
      return (await store.getFinding(id)) ?? { ...finding, votes: [] };
    },
    vote: (from, finding, vote) => castVote(desk, from, { finding, ...vote }),
    list: (from, rootIds) => listVisible(desk, from, rootIds),
  };
}

type DeskParts = Pick<EngineParts, "store" | "clock">;

async function castVote(
  desk: DeskParts,
  from: Actor,
  { finding: wanted, weight, reason }: { finding: string } & Pick<Vote, "weight" | "reason">,
): Promise<VotedFinding> {
  const { store, clock } = desk;
  const finding = await findFinding(desk, from, wanted);
  if (finding.author === toAddress(from)) {
    throw new ProfclawError("invalid-request", `${finding.id} is your own finding: its author has no vote.`, {
      pointer: "finding_id",
      hint: "Vote on the findings of others.",
    });
  }
  await store.castVote({ findingId: finding.id, voter: toAddress(from), weight, reason, at: clock.now() });
  return (await store.getFinding(finding.id)) ?? finding;
}

async function findFinding({ store }: DeskParts, from: Actor, wanted: string): Promise<VotedFinding> {
  const prefix = wanted.toLowerCase().startsWith(idPrefix) ? wanted.toLowerCase() : `${idPrefix}${wanted}`;
  const ids = /^f-[0-9a-f]+$/.test(prefix) ? await store.findFindingIds(prefix, mostCandidates) : [];
  const found = (await Promise.all(ids.map((id) => store.getFinding(id)))).filter(
    (finding) => finding !== undefined,
  );
  const isSeen = await Promise.all(found.map((finding) => maySee(store, from, finding)));
  const seen = found.filter((_, at) => isSeen[at]);
  const [only] = seen;
  if (only === undefined) {
    throw new ProfclawError("not-found", `No finding is ${JSON.stringify(wanted.slice(0, 80))}.`, {
      pointer: "finding_id",
      hint: "See those there are: consolidate, or GET /api/findings",
    });
  }
  if (seen.length === 1) return only;
  const shown = seen.map(({ id }) => id).join(", ");
  throw new ProfclawError("ambiguous-id", `More than one finding starts with ${wanted}: ${shown}.`, {
    pointer: "finding_id",
    hint: "Give more characters of the one you mean.",
  });
}

/** A session sees what its tree and the peer that it belongs to have found; the user sees all. */
async function maySee(store: DeskParts["store"], from: Actor, finding: VotedFinding): Promise<boolean> {
  if (from.kind === "peer") return true;
  const { rootId } = from.session;
  if (finding.rootId !== null) return finding.rootId === rootId;
  return (await store.findOwner(rootId))?.id === finding.author;
}

async function listVisible(
  { store }: DeskParts,
  from: Actor,
  rootIds: readonly string[] | undefined,
): Promise<VotedFinding[]> {
  if (from.kind === "peer" && rootIds === undefined) return store.listFindings({ limit: mostFindings });
  const roots = from.kind === "session" ? [from.session.rootId] : (rootIds ?? []);
  const owners = await Promise.all(roots.map((rootId) => store.findOwner(rootId)));
  const authors = [...owners.flatMap((owner) => owner?.id ?? []), toAddress(from)];
  return store.listFindings({ rootIds: roots, authors: [...new Set(authors)], limit: mostFindings });
}

/** Who said it, for people: a role, a name, or the start of an id. */
export function toAuthorName(author: { id: string; role?: string | null; name?: string | null }): string {
  return author.role ?? author.name ?? toShortId(author.id);
}
