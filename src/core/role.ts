import type { Effort } from "./session.ts";

/** Where a role was found. A project's is written by whoever wrote the repository. */
export type RoleSource = "project" | "user" | "config" | "built-in";

/** A stance that a session takes, and what it prefers where its caller says nothing. */
export interface Role {
  name: string;
  /** One line, for lists. */
  description: string;
  source: RoleSource;
  /** The file it stands in; null: ours. */
  path: string | null;
  /** What the model is told. */
  stance: string;
  provider: string | null;
  model: string | null;
  tools: string[] | null;
  effort: Effort | null;
  permissionMode: string | null;
}
