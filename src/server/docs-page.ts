import { createHash } from "node:crypto";
import type { Operation } from "../contract/define-operation.ts";
import { baseHeaders } from "./base-headers.ts";
import type { OpenApiDocument } from "./open-api.ts";

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
section { border-top: 1px solid #8884; padding: .5rem 0 1rem; }
h2 { font-size: 1rem; margin: .5rem 0; }
pre { background: #8882; padding: .75rem; overflow-x: auto; border-radius: .25rem; }
code, pre { font: .875rem/1.4 ui-monospace, monospace; }
.access { font-size: .8rem; opacity: .75; }
`;

/** The page has no scripts and one style, known by its hash; nothing else may load. */
export const docsPageHeaders: Readonly<Record<string, string>> = {
  ...baseHeaders,
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": `default-src 'none'; style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
};

/** The API for people: every operation of the table with its parameters and a curl that works at `host`. */
export function renderDocsPage(
  operations: readonly Operation[],
  document: OpenApiDocument,
  host: string,
): string {
  const paths = document["paths"] as Record<string, Record<string, PathItem>>;
  const sections = operations.map((operation) => {
    const item = paths[`/api${operation.path}`]?.[operation.method.toLowerCase()];
    return item === undefined ? "" : renderOperation(operation, { item, host });
  });
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>profclaw API</title><meta name="viewport" content="width=device-width"><style>${style}</style></head>
<body>
<h1>profclaw API</h1>
<p>The same as data: <a href="/openapi.json">/openapi.json</a> (OpenAPI 3.1). On this machine, as the daemon's
user, no token is needed but where it says so; elsewhere add <code>-H "${escape(bearer)}"</code>.</p>
<p>In a path, <code>$id</code> and the like are yours to fill in first: <code>id=5388d980</code>; any unique start of an id
will do. A folder in a path is URL-encoded: <code>folder=%2Fsrv%2Fapp</code>.</p>
${sections.join("\n")}
</body>
</html>
`;
}

interface PathItem {
  parameters?: { name: string; in: string; required?: boolean; schema?: { description?: string } }[];
  requestBody?: unknown;
}

function renderOperation(operation: Operation, { item, host }: { item: PathItem; host: string }): string {
  const access = operation.access !== "local" ? `<p class="access">Needs the token.</p>` : "";
  const parameters = (item.parameters ?? []).map(
    ({ name, in: place, schema }) =>
      `<li><code>${escape(name)}</code> (${escape(place)}) ${escape(schema?.description ?? "")}</li>`,
  );
  return `<section id="${escape(operation.name)}">
<h2><code>${operation.method} /api${escape(operation.path)}</code></h2>
<p>${escape(operation.summary)}</p>${access}
${parameters.length === 0 ? "" : `<ul>${parameters.join("")}</ul>`}
<pre>${escape(toCurl(operation, host))}</pre>
</section>`;
}

const bearer = 'Authorization: Bearer $(cat "${PROFCLAW_HOME:-$HOME/.profclaw}/token")';

function toCurl(operation: Operation, host: string): string {
  const { access, kind, method, path, example = {} } = operation;
  const query = method === "GET" ? toQuery(example) : "";
  const url = `"http://${host}/api${path.replaceAll(/\{(\w+)\}/g, "$$$1")}${query}"`;
  const token = access === "local" ? "" : ` -H "${bearer}"`;
  if (kind === "stream") return `curl -N${token} -H "Accept: text/event-stream" ${url}`;
  if (method === "GET") return `curl${token} ${url}`;
  if (method === "DELETE") return `curl -X DELETE${token} ${url}`;
  const body = JSON.stringify(example).replaceAll("'", String.raw`'\''`);
  return `curl -X ${method}${token} -H "Content-Type: application/json" -d '${body}' ${url}`;
}

function toQuery(example: Readonly<Record<string, unknown>>): string {
  const fields = Object.entries(example).map(([name, value]): [string, string] => [name, String(value)]);
  return fields.length === 0 ? "" : `?${new URLSearchParams(fields).toString()}`;
}

function escape(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
