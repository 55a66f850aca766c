import {
  type PromptMessage,
  type ResourceContents,
  ResourceNotFoundError,
} from "@modelcontextprotocol/server";
import { png } from "./fixture-tools.ts";

const say = (text: string): PromptMessage => ({ role: "user", content: { type: "text", text } });

type Values = Readonly<Record<string, string>>;

/** The prompts that the conformance suite asks for, with their arguments. */
export const fixturePrompts: Readonly<
  Record<string, { args: readonly string[]; render: (values: Values) => PromptMessage[] }>
> = {
  test_simple_prompt: { args: [], render: () => [say("This is a simple prompt for testing.")] },
  test_prompt_with_arguments: {
    args: ["arg1", "arg2"],
    render: ({ arg1, arg2 }) => [say(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)],
  },
  test_prompt_with_embedded_resource: {
    args: ["resourceUri"],
    render: ({ resourceUri = "" }) => [
      {
        role: "user",
        content: {
          type: "resource",
          resource: {
            uri: resourceUri,
            mimeType: "text/plain",
            text: "Embedded resource content for testing.",
          },
        },
      },
      say("Please process the embedded resource above."),
    ],
  },
  test_prompt_with_image: {
    args: [],
    render: () => [
      { role: "user", content: { type: "image", data: png, mimeType: "image/png" } },
      say("Please analyze the image above."),
    ],
  },
};

/** What stands under an address of the suite. */
export function readFixture(uri: string): ResourceContents & ({ text: string } | { blob: string }) {
  const id = /^test:\/\/template\/([^/]+)\/data$/.exec(uri)?.[1];
  if (id !== undefined) {
    const text = JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` });
    return { uri, mimeType: "application/json", text };
  }
  if (uri === "test://static-binary") return { uri, mimeType: "image/png", blob: png };
  if (uri === "test://static-text") {
    return { uri, mimeType: "text/plain", text: "This is the content of the static text resource." };
  }
  throw new ResourceNotFoundError(uri);
}
