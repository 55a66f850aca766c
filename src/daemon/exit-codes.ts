/** What a daemon's end tells its supervisor beside the codes of the command line. */
export const exitCodes = {
  stopped: 0,
  /** Another daemon has the state folder: nothing to do. (sysexits.h EX_TEMPFAIL) */
  lockHeld: 75,
} as const;
