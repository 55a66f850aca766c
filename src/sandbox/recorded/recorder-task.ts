/** What a recorder is told, once, on its stdin: keys may be in it, so it is never on disk. */
export interface RecorderTask {
  folder: string;
  argv: readonly [string, ...string[]];
  cwd: string;
  environment: Readonly<Record<string, string>>;
  commandId: string;
  /** False: the program's stdin is closed from the start. */
  takesInput: boolean;
  maxStdoutBytes: number;
  maxStderrBytes: number;
  /** How long it goes on without a daemon. */
  abandonMs: number;
  /** Between SIGTERM and SIGKILL. */
  graceMs: number;
  /** Left out: the program is one session's. */
  shared?: SharedTask;
}

/** A program with which many sessions talk at once, each in a lane of its own. */
export interface SharedTask {
  /** Written to it first. */
  hello: string;
  /** Written when a lane is left; `{{THREAD}}` is its conversation, if it has one. */
  parting: string;
  /** How long it lives without a lane. */
  idleMs: number;
}
