import { isFullId } from "./id.ts";

/** A peer's id: UUIDv4, its address. */
export type PeerId = string;

/** An agent of the user that is no session of ours: it comes back under its name and finds its mail. */
export interface Peer {
  id: PeerId;
  name: string;
  createdAt: number;
  /** To the minute. */
  seenAt: number;
}

/** Who calls without a name. */
export const userPeerName = "user";

/** A name may stand in a header: printable ASCII, without spaces around it; and it is not taken for an id. */
export function isPeerName(text: string): boolean {
  return !isFullId(text) && text !== "parent" && /^[!-~](?:[ -~]{0,98}[!-~])?$/.test(text);
}
