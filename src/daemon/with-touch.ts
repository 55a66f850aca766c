import type { Handlers } from "../contract/implement.ts";

/** The same handlers; each call is told first, so that a daemon in use does not look idle. */
export function withTouch(handlers: Handlers, touch: () => void): Handlers {
  return new Proxy(handlers, {
    get(target, name, receiver) {
      touch();
      return Reflect.get(target, name, receiver) as unknown;
    },
  });
}
