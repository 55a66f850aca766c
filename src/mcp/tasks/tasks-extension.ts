import {
  CLIENT_CAPABILITIES_META_KEY,
  MissingRequiredClientCapabilityError,
  type ServerContext,
} from "@modelcontextprotocol/server";

/** The extension by which a call that lasts is answered with a task, and its result is fetched later. */
export const tasksExtension = "io.modelcontextprotocol/tasks";

/** True if this very request says that its client takes tasks. */
export function takesTasks({ mcpReq }: ServerContext): boolean {
  const envelope: Readonly<Record<string, unknown>> = { ...mcpReq.envelope };
  const capabilities = envelope[CLIENT_CAPABILITIES_META_KEY];
  const extensions = isObject(capabilities) ? capabilities["extensions"] : undefined;
  return isObject(extensions) && Object.hasOwn(extensions, tasksExtension);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** Throws what the extension wants said to a client that asks for tasks and did not declare them. */
export function requireTasks(context: ServerContext): void {
  if (takesTasks(context)) return;
  const requiredCapabilities = { extensions: { [tasksExtension]: {} } };
  throw new MissingRequiredClientCapabilityError(
    { requiredCapabilities },
    `Declare the extension ${tasksExtension} in this request's client capabilities.`,
  );
}
