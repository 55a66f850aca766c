/** What a daemon's end tells its supervisor beside the codes of the command line. */
export const exitCodes = {
  stopped: 0,
  /** The store's thread died. (sysexits.h EX_SOFTWARE) */
  storeDied: 70,
  /** The database is damaged: the next start heals it. (EX_IOERR) */
  damaged: 74,
  /** Another daemon has the state folder: nothing to do. (EX_TEMPFAIL) */
  lockHeld: 75,
  /** Another daemon took the state folder over from this one: nothing to do. */
  replaced: 76,
} as const;
