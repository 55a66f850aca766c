import { dirname, extname } from "node:path";

/*
 * A daemon that ends nobody when it takes a state folder over, as one that cannot see or kill the
 * holder: what is left is the fence in the database. FENCING_MAIN is the program that it stands for,
 * from the sources or from a build.
 */
const main = process.env["FENCING_MAIN"] ?? "";
const toFile = (name: string): string => `${dirname(main)}/${name}${extname(main)}`;
type Start = typeof import("../../../src/daemon/start-daemon.ts");
type Hold = typeof import("../../../src/daemon/hold-state.ts");
const { startDaemon } = (await import(toFile("start-daemon"))) as Start;
const { holdState } = (await import(toFile("hold-state"))) as Hold;

const endNobody = () => ({ kind: "beyond-reach", reason: "this test lets it live" }) as const;
process.exitCode = await startDaemon((paths, env) => holdState(paths, env, endNobody));
