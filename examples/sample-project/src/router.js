/** Routes by method and path; `:name` takes one segment. */
export function createRouter() {
  const routes = [];
  const add = (method) => (path, handler) => routes.push({ method, parts: path.split("/"), handler });
  return {
    get: add("GET"),
    post: add("POST"),
    delete: add("DELETE"),
    async handle(method, path, body) {
      for (const route of routes) {
        const params = route.method === method ? match(route.parts, path.split("/")) : undefined;
        if (params !== undefined) return route.handler({ params, body });
      }
      return { status: 404, body: { error: "no such route" } };
    },
  };
}

function match(parts, given) {
  if (parts.length !== given.length) return undefined;
  const params = {};
  for (const [index, part] of parts.entries()) {
    if (part.startsWith(":")) params[part.slice(1)] = given[index];
    else if (part !== given[index]) return undefined;
  }
  return params;
}
