import { setTimeout as sleep } from "node:timers/promises";
import type { CallToolResult, ServerContext } from "@modelcontextprotocol/server";

/** One red pixel. */
export const png =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";
/** A WAV file without a sample. */
const wav = Buffer.from(
  "5249464624000000574156 45666d7420100000000100010044ac000088580100020010006461746100000000".replaceAll(
    " ",
    "",
  ),
  "hex",
).toString("base64");

type FixtureTool = (
  args: Record<string, unknown>,
  context: ServerContext,
) => CallToolResult | Promise<CallToolResult>;

const say = (text: string): CallToolResult => ({ content: [{ type: "text", text }] });
const pixel = { type: "image", data: png, mimeType: "image/png" } as const;

async function elicit(
  context: ServerContext,
  params: { message: string; properties: object; required?: string[] },
): Promise<CallToolResult> {
  const { message, properties, required } = params;
  const requestedSchema = { type: "object", properties, ...(required === undefined ? {} : { required }) };
  // On the call's own stream: the client may not have opened the other one yet.
  const { action, content } = await context.mcpReq.send({
    method: "elicitation/create",
    params: { message, requestedSchema },
  });
  return say(`Elicitation completed: action=${action}, content=${JSON.stringify(content)}`);
}

const titled = (word: string) => [
  { const: "value1", title: `First ${word}` },
  { const: "value2", title: `Second ${word}` },
];

/** The tools that the conformance suite calls by their names. */
export const fixtureTools: Readonly<Record<string, FixtureTool>> = {
  json_schema_2020_12_tool: () => say("The schema is what counts."),
  test_simple_text: () => say("This is a simple text response for testing."),
  test_image_content: () => ({ content: [pixel] }),
  test_audio_content: () => ({ content: [{ type: "audio", data: wav, mimeType: "audio/wav" }] }),
  test_embedded_resource: () => ({
    content: [
      {
        type: "resource",
        resource: {
          uri: "test://embedded-resource",
          mimeType: "text/plain",
          text: "This is an embedded resource content.",
        },
      },
    ],
  }),
  test_multiple_content_types: () => ({
    content: [
      { type: "text", text: "Multiple content types test:" },
      pixel,
      {
        type: "resource",
        resource: {
          uri: "test://mixed-content-resource",
          mimeType: "application/json",
          text: '{"test":"data","value":123}',
        },
      },
    ],
  }),
  async test_tool_with_logging(_, { mcpReq }) {
    for (const text of ["Tool execution started", "Tool processing data", "Tool execution completed"]) {
      await mcpReq.log("info", text);
      await sleep(50);
    }
    return say("Logged.");
  },
  test_error_handling: () => ({
    isError: true,
    ...say("This tool intentionally returns an error for testing"),
  }),
  async test_tool_with_progress(_, { mcpReq }) {
    const progressToken = mcpReq._meta?.progressToken;
    for (const progress of [0, 50, 100]) {
      const params = { progressToken, progress, total: 100 };
      if (progressToken !== undefined) await mcpReq.notify({ method: "notifications/progress", params });
      await sleep(50);
    }
    return say("Done.");
  },
  async test_sampling({ prompt }, { mcpReq }) {
    const messages = [{ role: "user", content: { type: "text", text: String(prompt) } }];
    const answer = await mcpReq.send({
      method: "sampling/createMessage",
      params: { messages, maxTokens: 100 },
    });
    return say(`LLM response: ${JSON.stringify(answer.content)}`);
  },
  test_elicitation: ({ message }, context) =>
    elicit(context, {
      message: String(message),
      properties: {
        username: { type: "string", description: "User's response" },
        email: { type: "string", description: "User's email address" },
      },
      required: ["username", "email"],
    }),
  test_elicitation_sep1034_defaults: (_, context) =>
    elicit(context, {
      message: "Who?",
      properties: {
        name: { type: "string", default: "John Doe" },
        age: { type: "integer", default: 30 },
        score: { type: "number", default: 95.5 },
        status: { type: "string", enum: ["active", "inactive", "pending"], default: "active" },
        verified: { type: "boolean", default: true },
      },
    }),
  test_elicitation_sep1330_enums: (_, context) =>
    elicit(context, {
      message: "Which?",
      properties: {
        untitledSingle: { type: "string", enum: ["option1", "option2", "option3"] },
        titledSingle: { type: "string", oneOf: titled("Option") },
        legacyEnum: {
          type: "string",
          enum: ["opt1", "opt2", "opt3"],
          enumNames: ["Option One", "Option Two", "Option Three"],
        },
        untitledMulti: { type: "array", items: { type: "string", enum: ["option1", "option2", "option3"] } },
        titledMulti: { type: "array", items: { anyOf: titled("Choice") } },
      },
    }),
};
