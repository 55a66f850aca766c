import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { getRequestListener, RequestError, type HttpBindings } from "@hono/node-server";
import { ProfclawError } from "../core/errors.ts";
import { answerBrokenRequest } from "./broken-request.ts";
import { checkDoor } from "./door.ts";
import { lingerForBody } from "./linger.ts";
import { problemHeaders, toProblem, toProblemResponse, type ReportBug } from "./problem.ts";

/** What stands in front of the app. */
export interface FrontRules {
  /** Host names beside the loopback ones. */
  hosts: readonly string[];
  reportBug: ReportBug;
}

type ServeRequest = (request: Request, env: HttpBindings) => Response | Promise<Response>;

/**
 * A node server in front of the app. The door is checked here and not in the app, since a Host that is
 * no host at all never becomes a Request.
 */
export function createHttpServer(serve: ServeRequest, { hosts, reportBug }: FrontRules): Server {
  const listener = getRequestListener((request, env) => serve(request, env as HttpBindings), {
    // The daemon's own fetch must not run on this library's Request and Response.
    overrideGlobalObjects: false,
    // It gives a client half a second to send what nobody reads; `lingerForBody` sees to that.
    autoCleanupIncoming: false,
    errorHandler: (error) => toProblemResponse(toProblem(toRefusal(error), reportBug)),
  });
  // Without a Host the door answers 421, as for a wrong one; node would send a bare 400.
  const server = createServer(
    { requireHostHeader: false, keepAliveTimeout: 30_000 },
    (incoming, outgoing) => {
      if (isAdmitted(incoming, outgoing, hosts)) void listener(incoming, outgoing);
    },
  );
  server.on("clientError", answerBrokenRequest);
  return server;
}

function isAdmitted(incoming: IncomingMessage, outgoing: ServerResponse, hosts: readonly string[]): boolean {
  try {
    checkDoor(incoming, hosts);
    return true;
  } catch (refusal) {
    const problem = toProblem(refusal, () => "");
    lingerForBody(incoming, outgoing);
    outgoing.writeHead(problem.status, problemHeaders(problem)).end(JSON.stringify(problem));
    return false;
  }
}

/** A URL that cannot be read is the client's fault, not a bug. */
function toRefusal(error: unknown): unknown {
  if (!(error instanceof RequestError)) return error;
  return new ProfclawError("invalid-request", `The URL cannot be read: ${error.message}.`, { status: 400 });
}
