/** How long a session of an agent that is a program of its own may run unless somebody says so, ms. */
export const externalTimeoutMs = 3_600_000;

/** And how long it may print nothing by then, ms. A time that somebody gave is the whole rule. */
export const externalSilenceMs = 600_000;
