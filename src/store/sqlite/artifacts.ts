import { closeSync, fsyncSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ProfclawError } from "../../core/errors.ts";
import type { SessionId } from "../../core/id.ts";
import type { ArtifactRef } from "../../core/session.ts";
import type { NewArtifact } from "../store.ts";
import type { Connection, Scope } from "./connection.ts";
import { isFileError } from "./private-files.ts";
import { readSessionHead } from "./session-rows.ts";

/** A stored artifact: what it is, whose it is, and the whole text. */
export interface StoredArtifact {
  ref: ArtifactRef;
  sessionId: SessionId;
  text: string;
}

/**
 * The text goes to a file of its own and is on disk before the row names it. The same id twice is one
 * artifact: the first. Throws ProfclawError("not-found") for an unknown session.
 */
export function putArtifact(scope: Scope, artifact: NewArtifact): ArtifactRef {
  const known = readArtifactRow(scope, artifact.id);
  if (known !== undefined) return toRef(known);
  const head = readSessionHead(scope, artifact.sessionId);
  if (head === undefined)
    throw new ProfclawError("not-found", `No session has the id ${artifact.sessionId}.`);
  const bytes = Buffer.from(artifact.text, "utf8");
  writeDurably(toFilePath(scope, artifact.id), bytes);
  syncFolder(scope.artifactsPath);
  scope
    .statement("INSERT INTO artifacts (id, session, name, size_bytes, created_at) VALUES (?, ?, ?, ?, ?)")
    .run(artifact.id, head.number, artifact.name, bytes.length, artifact.createdAt);
  return { id: artifact.id, name: artifact.name, sizeBytes: bytes.length };
}

/** Undefined if unknown, and if its file was deleted by hand. */
export function getArtifact(scope: Scope, id: string): StoredArtifact | undefined {
  const row = readArtifactRow(scope, id);
  if (row === undefined) return undefined;
  try {
    const text = readFileSync(toFilePath(scope, id), "utf8");
    return { ref: toRef(row), sessionId: row.session_id, text };
  } catch (error) {
    if (isFileError(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** After a failed put: on a full disk, a file that no row names would stay for ever. */
export function discardArtifact(scope: Scope, id: string): void {
  if (!isArtifactName(id) || readArtifactRow(scope, id) !== undefined) return;
  rmSync(toFilePath(scope, id), { force: true });
}

interface ArtifactRow {
  id: string;
  session_id: string;
  name: string;
  size_bytes: number;
}

function readArtifactRow(scope: Scope, id: string): ArtifactRow | undefined {
  return scope
    .statement(
      `SELECT artifacts.id, sessions.id AS session_id, name, size_bytes
       FROM artifacts JOIN sessions ON sessions.number = artifacts.session WHERE artifacts.id = ?`,
    )
    .get(id) as ArtifactRow | undefined;
}

function toRef(row: ArtifactRow): ArtifactRef {
  return { id: row.id, name: row.name, sizeBytes: row.size_bytes };
}

function toFilePath(connection: Connection, id: string): string {
  // The id becomes a file name: what could leave the folder is a bug above, and must not get through.
  if (!isArtifactName(id)) throw new Error(`"${id}" cannot be the id of an artifact.`);
  return join(connection.artifactsPath, id);
}

/** True for what can be an artifact's id, and so its file's name. */
export function isArtifactName(id: string): boolean {
  return /^[A-Za-z0-9][\w-]{0,127}$/.test(id);
}

function writeDurably(path: string, bytes: Uint8Array): void {
  const file = openSync(path, "w", 0o600);
  try {
    writeFileSync(file, bytes);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** A new file's name is durable only with its folder. */
function syncFolder(path: string): void {
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
