import { takeStateLock } from "../../src/store/sqlite/state-lock.ts";

// Tries the lock of the folder given as argument, says what it got, and holds on until it is killed.
const lock = takeStateLock(process.argv[2] ?? "");
process.stdout.write(`${lock.kind}\n`);
if (lock.kind === "taken") setInterval(() => lock, 60_000);
