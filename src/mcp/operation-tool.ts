import { z } from "zod";
import type { Operation } from "../contract/define-operation.ts";
import type { CallContext } from "../contract/implement.ts";
import { type Operations, operations } from "../contract/operations.ts";
import type { AnyTool } from "./tool.ts";

type Handler = (input: unknown, call: CallContext) => Promise<object>;

/** A tool for each operation that says how a model sees it; its schemas and its work are the operation's. */
export function listOperationTools(): AnyTool[] {
  return (Object.keys(operations) as (keyof Operations)[]).flatMap((name) => {
    const tool = toTool(name, operations[name]);
    return tool === null ? [] : [tool];
  });
}

function toTool(handlerName: keyof Operations, { tool, input, output }: Operation): AnyTool | null {
  if (tool === undefined || !(input instanceof z.ZodObject) || !(output instanceof z.ZodObject)) return null;
  const { name, title, description, annotations } = tool;
  const isKeyed = Object.hasOwn(input.shape, "idempotency_key");
  return {
    name,
    title,
    description,
    hints: annotations,
    // The connection brings it; a model has no use for it.
    input: isKeyed ? input.omit({ idempotency_key: true }) : input,
    output,
    async call(args, { handlers, call, requestKey }) {
      const handle = handlers[handlerName] as Handler;
      const keyed =
        isKeyed && requestKey !== null ? { idempotency_key: requestKey, ...(args as object) } : args;
      return { structured: await handle(keyed, call) };
    },
  };
}
