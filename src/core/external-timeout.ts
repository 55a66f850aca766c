/** How long a session of an agent that is a program of its own may run unless somebody says so, ms. */
export const externalTimeoutMs = 3_600_000;
