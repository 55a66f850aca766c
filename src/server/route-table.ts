import { ProfclawError } from "../core/errors.ts";
import { findNearest } from "../core/nearest.ts";

/** A path that is served, and how. Parameters stand in braces. */
export interface Route {
  method: string;
  path: string;
}

/** Longer paths are not compared with ours; nobody mistypes that much. */
const maxComparedLength = 200;
const versionedStart = "/api/v1/";

/** The methods that a path takes, for `Allow`; empty for an unknown path. */
export function allowedMethods(routes: readonly Route[], path: string): string[] {
  const methods = routes.filter((route) => fits(route.path, path)).map((route) => route.method);
  if (methods.length === 0) return [];
  return [...new Set([...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"])];
}

/** The refusal of a request that no route takes: 405 for a known path, 404 with near routes otherwise. */
export function refuseRoute(routes: readonly Route[], request: Route): ProfclawError {
  const allowed = allowedMethods(routes, request.path);
  const asked = `${request.method} ${request.path.slice(0, maxComparedLength)}`;
  if (allowed.length > 0) {
    return new ProfclawError("method-not-allowed", `${asked} is not served.`, {
      hint: `This path takes ${allowed.join(", ")}.`,
    });
  }
  const near = findNearRoutes(routes, request.path);
  return new ProfclawError("not-found", `There is no route ${asked}.`, {
    hint: near.length === 0 ? "GET /openapi.json lists all routes." : `Near it: ${near.join(", ")}.`,
  });
}

function findNearRoutes(routes: readonly Route[], path: string): string[] {
  if (path.length > maxComparedLength) return [];
  // Every route stands there twice; name the kind that was asked for.
  const isVersioned = path.startsWith(versionedStart);
  const sameKind = routes.filter((route) => route.path.startsWith(versionedStart) === isVersioned);
  const filled = sameKind.map((route) => ({ route, path: fillIn(route.path, path) }));
  const nearest = findNearest(path, [...new Set(filled.map((candidate) => candidate.path))]);
  return nearest
    .flatMap((near) => filled.filter((candidate) => candidate.path === near))
    .map(({ route }) => `${route.method} ${route.path}`);
}

/** A route's path with the request's own words in place of the parameters, so that only the rest compares. */
function fillIn(routePath: string, path: string): string {
  const words = path.split("/");
  return routePath
    .split("/")
    .map((word, index) => (word.startsWith("{") ? (words[index] ?? word) : word))
    .join("/");
}

function fits(routePath: string, path: string): boolean {
  const routeWords = routePath.split("/");
  const words = path.split("/");
  return (
    routeWords.length === words.length &&
    routeWords.every((word, index) => (word.startsWith("{") ? words[index] !== "" : word === words[index]))
  );
}
