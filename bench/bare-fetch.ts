import { type BareScene, runBareProcess, toolNames } from "./bare-process.ts";

/* The least that the same model calls can cost: fetch, the stream's lines, JSON.parse. No library, no checks. */

interface Block {
  type: string;
  thinking?: string;
  signature?: string;
  text?: string;
  id?: string;
  name?: string;
  input?: unknown;
}

interface StreamEvent {
  type: string;
  content_block?: Block;
  delta?: { thinking?: string; signature?: string; text?: string; partial_json?: string };
}

interface Message {
  role: "user" | "assistant";
  content: unknown;
}

const inputSchema = { type: "object", properties: { path: { type: "string" } } };
const tools = toolNames.map((name) => ({ name, description: "A tool.", input_schema: inputSchema }));
const headers = {
  "content-type": "application/json",
  "x-api-key": "bench",
  "anthropic-version": "2023-06-01",
};

await runBareProcess((scene) => (task) => runLoop(scene, task));

async function runLoop({ url, readAnswer }: BareScene, task: string): Promise<number> {
  const messages: Message[] = [{ role: "user", content: task }];
  for (let turn = 1; ; turn += 1) {
    const request = { model: "claude-sonnet-4-6", max_tokens: 8_192, stream: true, tools, messages };
    const body = JSON.stringify(request);
    const response = await fetch(`${url}/v1/messages`, { method: "POST", headers, body });
    if (!response.ok || response.body === null)
      throw new Error(`${response.status} ${await response.text()}`);
    const blocks = await readBlocks(response.body);
    const calls = blocks.filter(({ type }) => type === "tool_use");
    if (calls.length === 0) return turn;
    const content = await readAnswer();
    const results = calls.map(({ id }) => ({ type: "tool_result", tool_use_id: id, content }));
    messages.push({ role: "assistant", content: blocks }, { role: "user", content: results });
  }
}

async function readBlocks(body: ReadableStream<Uint8Array>): Promise<Block[]> {
  const decoder = new TextDecoder();
  const answer: Answer = { blocks: [], inputJson: "" };
  let rest = "";
  for await (const bytes of body) {
    const lines = `${rest}${decoder.decode(bytes, { stream: true })}`.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line.startsWith("data: ")) take(answer, JSON.parse(line.slice(6)) as StreamEvent);
    }
  }
  return answer.blocks;
}

interface Answer {
  blocks: Block[];
  inputJson: string;
}

function take(answer: Answer, { type, content_block: start, delta }: StreamEvent): void {
  if (start !== undefined) {
    answer.blocks.push(start);
    answer.inputJson = "";
  }
  const block = answer.blocks.at(-1);
  if (block === undefined) return;
  if (type === "content_block_stop" && block.type === "tool_use") block.input = JSON.parse(answer.inputJson);
  if (delta?.thinking !== undefined) block.thinking += delta.thinking;
  if (delta?.signature !== undefined) block.signature = delta.signature;
  if (delta?.text !== undefined) block.text += delta.text;
  if (delta?.partial_json !== undefined) answer.inputJson += delta.partial_json;
}
