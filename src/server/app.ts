import type { HttpBindings } from "@hono/node-server";
import { Hono, type Context } from "hono";
import { ProfclawError } from "../core/errors.ts";
import type { Identify, Transport } from "./access.ts";
import { baseHeaders } from "./base-headers.ts";
import { docsPageHeaders, renderDocsPage } from "./docs-page.ts";
import { lingerForBody } from "./linger.ts";
import type { Identity } from "./local-caller.ts";
import { createOpenApi } from "./open-api.ts";
import { toProblem, toProblemResponse, type ReportBug } from "./problem.ts";
import { type ServeMcp, serveMcp } from "./serve-mcp.ts";
import { allowedMethods, refuseRoute, type Route } from "./route-table.ts";
import {
  serveOperation,
  toJsonResponse,
  type ImplementedOperation,
  type ServingRules,
} from "./serve-operation.ts";

/** The state of the daemon, for /readyz. */
export interface Health {
  ready: boolean;
  /** Why not, in words; null when ready. */
  reason: string | null;
}

/** What the app is projected from. */
export interface AppParts {
  implemented: readonly ImplementedOperation[];
  identify: Identify;
  version: string;
  health: () => Health;
  /** In Prometheus' text format. */
  metrics: () => Promise<string>;
  reportBug: ReportBug;
  serving: ServingRules;
  /** What answers `/mcp`; null: nothing does. */
  mcp: ServeMcp | null;
}

/** What the listener adds to each request. */
export interface AppBindings extends HttpBindings {
  transport: Transport;
}

type AppEnv = { Bindings: AppBindings; Variables: { identity: Identity } };

/** Where the operations stand; both mean the same until there is a second version. */
const basePaths = ["/api", "/api/v1"] as const;

/** One hono app for all listeners: caller, then the route. Every failure is a problem document. */
export function createApp(parts: AppParts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const routes: Route[] = [];
  const add = (route: Route, serve: (context: Context<AppEnv>) => Response | Promise<Response>): void => {
    routes.push(route);
    app.on(route.method, toHonoPath(route.path), serve);
  };
  app.onError((error, context) => {
    // The client hung up; what broke by that is no bug, and nobody reads the answer.
    const isHangUp = context.env.outgoing.destroyed && isAborted(error);
    return toProblemResponse(toProblem(error, isHangUp ? () => "" : parts.reportBug));
  });
  app.use("*", async (context, next) => {
    try {
      await admit(context, parts);
      await next();
    } finally {
      lingerForBody(context.env.incoming, context.env.outgoing);
    }
  });
  for (const route of listOperationRoutes(parts.implemented))
    add(route, serveRoute(route.implemented, parts));
  addOwnRoutes(add, parts);
  if (parts.mcp !== null) addMcpRoutes(add, parts.mcp, parts.serving);
  app.notFound((context) => answerUnrouted(context, routes));
  return app;
}

async function admit(context: Context<AppEnv>, parts: AppParts): Promise<void> {
  const { incoming, transport } = context.env;
  context.set("identity", await parts.identify(incoming, transport));
  if (parts.serving.streamsEnd.aborted) {
    throw new ProfclawError("daemon-unreachable", "The daemon is stopping.", {
      hint: "Try again in some seconds; `profclaw up` starts it.",
    });
  }
}

interface OperationRoute extends Route {
  implemented: ImplementedOperation;
}

function listOperationRoutes(implemented: readonly ImplementedOperation[]): OperationRoute[] {
  return basePaths.flatMap((base) =>
    implemented.map((one) => ({
      method: one.operation.method,
      path: `${base}${one.operation.path}`,
      implemented: one,
    })),
  );
}

function serveRoute(implemented: ImplementedOperation, parts: AppParts) {
  return (context: Context<AppEnv>): Promise<Response> => {
    const { incoming, outgoing } = context.env;
    const { url } = context.req.raw;
    const queryAt = url.indexOf("?");
    return serveOperation(
      implemented,
      {
        incoming,
        outgoing,
        identity: context.get("identity"),
        path: context.req.param(),
        query: queryAt === -1 ? "" : url.slice(queryAt + 1),
      },
      parts.serving,
    );
  };
}

/** The routes that are no operations: document, page, metrics, and the two probes. */
function addOwnRoutes(
  add: (route: Route, serve: (context: Context<AppEnv>) => Response | Promise<Response>) => void,
  parts: AppParts,
): void {
  const operations = parts.implemented.map(({ operation }) => operation);
  // Made at the first request: the projection costs a start 70 ms and 6 MB that most never need.
  const openApi = once(() => createOpenApi(operations, parts.version));
  add({ method: "GET", path: "/openapi.json" }, () => toJsonResponse(openApi(), 200));
  // The door has seen that it is an address of ours.
  add({ method: "GET", path: "/docs" }, (context) => {
    const host = context.req.header("host") ?? "127.0.0.1:3000";
    return new Response(renderDocsPage(operations, openApi(), host), { headers: docsPageHeaders });
  });
  add({ method: "GET", path: "/healthz" }, () =>
    toJsonResponse({ status: "ok", version: parts.version }, 200),
  );
  add({ method: "GET", path: "/metrics" }, async () => {
    const headers = { ...baseHeaders, "content-type": "text/plain; version=0.0.4; charset=utf-8" };
    return new Response(await parts.metrics(), { headers });
  });
  add({ method: "GET", path: "/readyz" }, () => {
    const { ready, reason } = parts.health();
    return toJsonResponse({ status: ready ? "ready" : "not-ready", reason }, ready ? 200 : 503);
  });
}

/** GET and DELETE are for sessions of the protocol, of which there are none: they are answered so by it. */
function addMcpRoutes(
  add: (route: Route, serve: (context: Context<AppEnv>) => Response | Promise<Response>) => void,
  mcp: ServeMcp,
  rules: ServingRules,
): void {
  for (const method of ["POST", "GET", "DELETE"]) {
    add({ method, path: "/mcp" }, (context) => {
      const { incoming, outgoing } = context.env;
      const request = { incoming, outgoing, identity: context.get("identity"), request: context.req.raw };
      return serveMcp(mcp, request, rules);
    });
  }
}

function once<Value>(make: () => Value): () => Value {
  let made: { value: Value } | undefined;
  return () => (made ??= { value: make() }).value;
}

function answerUnrouted(context: Context<AppEnv>, routes: readonly Route[]): Response {
  const { method, path } = context.req;
  const allow = allowedMethods(routes, path).join(", ");
  if (method === "OPTIONS" && allow !== "") {
    return new Response(null, { status: 204, headers: { ...baseHeaders, allow } });
  }
  const refusal = toProblem(refuseRoute(routes, { method, path }), () => "");
  return toProblemResponse(refusal, allow === "" ? {} : { allow });
}

function isAborted(error: Error): boolean {
  return error.name === "AbortError" || ("code" in error && error.code === "ECONNRESET");
}

/** `{id}` is `:id` to hono. */
function toHonoPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ":$1");
}
