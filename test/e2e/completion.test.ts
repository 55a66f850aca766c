import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Stage, createStage } from "../support/e2e/stage.ts";

let stage: Stage;
let ids: string[];

const has = (name: string): boolean => existsSync(`/usr/bin/${name}`) || existsSync(`/bin/${name}`);
const hasTerminal = has("script") && has("bash");

beforeAll(async () => {
  stage = await createStage({
    script: ({ firstUserText }) => (firstUserText === "hang" ? { hang: true } : { text: "done" }),
  });
  await stage.run(["up"]);
  const { sessions } = await stage.spawn({ sessions: [{ task: "quick" }, { task: "hang" }] });
  ids = sessions.map(({ id }) => id.slice(0, 8));
  await stage.untilEnded(sessions.slice(0, 1).map(({ id }) => id));
  const agents = join(stage.workspace, ".claude", "agents");
  mkdirSync(agents, { recursive: true });
  // Without a name of its own a role is called like its file.
  writeFileSync(join(agents, "$(touch pwned).md"), "---\ndescription: nasty\n---\nBe nasty.\n");
  writeFileSync(join(agents, "kind.md"), "---\nname: kind-one\ndescription: kind\n---\nBe kind.\n");
});

afterAll(() => stage.close());

/** What a real bash would put there; the last word is where the cursor stands. */
async function completeInBash(line: string): Promise<string[]> {
  const file = join(stage.root, "line");
  writeFileSync(file, line);
  const end = await stage.shell(
    `bash --noprofile --norc -c '
      source <(profclaw completion bash)
      COMP_LINE=$(cat "$0"; printf .); COMP_LINE=\${COMP_LINE%.}; COMP_POINT=\${#COMP_LINE}
      read -ra COMP_WORDS <<< "$COMP_LINE"; [[ $COMP_LINE == *" " ]] && COMP_WORDS+=("")
      COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 ))
      _profclaw profclaw; printf "%s\\n" "\${COMPREPLY[@]}"' ${file}`,
  );
  return end.stdout.split("\n").filter((word) => word !== "");
}

test.runIf(has("bash"))(
  "bash: commands, flags, values, and live ids of the sessions that fit the command",
  async () => {
    expect(await completeInBash("profclaw agent sho")).toEqual(["show"]);
    expect(await completeInBash("profclaw agent sessions --tr")).toEqual(["--tree"]);
    expect(await completeInBash("profclaw cost --by mod")).toEqual(["model"]);
    const all = await completeInBash("profclaw agent show ");
    expect(all.toSorted()).toEqual(ids.toSorted());
    expect(await completeInBash("profclaw agent stop ")).toEqual([ids[1]]);
    expect(await completeInBash("profclaw agent rm ")).toEqual([ids[0]]);
    expect(await completeInBash("profclaw agent spawn --tools read_file,gr")).toEqual(["read_file,grep"]);
    expect(
      await completeInBash("profclaw agent spawn --provider anthropic --model claude-sonnet-4-6"),
    ).toContain("claude-sonnet-4-6");
  },
);

test.runIf(has("bash"))("bash: folders where a folder is wanted, also with a space in the name", async () => {
  mkdirSync(join(stage.workspace, "sub folder"));
  writeFileSync(join(stage.workspace, "sub-file"), "");
  expect(await completeInBash("profclaw trust su")).toEqual(["sub folder"]);
  expect((await completeInBash("profclaw agent spawn --schema su")).toSorted()).toEqual([
    "sub folder",
    "sub-file",
  ]);
});

test.runIf(has("bash"))(
  "bash: Tab runs nothing of what is typed, and offers no name that would run",
  async () => {
    const known = await stage.run(["roles", "--json"]);
    expect(known.stdout).toContain("$(touch pwned)");
    const roles = await completeInBash("profclaw agent spawn --role ");
    expect(roles).toContain("kind-one");
    expect(roles.join("\n")).not.toContain("touch");
    await completeInBash('profclaw agent spawn --task "$(touch pwned) `touch pwned`" --role ');
    await completeInBash("profclaw agent spawn --task x;touch\\ pwned --role ");
    expect(existsSync(join(stage.workspace, "pwned"))).toBe(false);
  },
);

test.runIf(hasTerminal)("bash on a terminal: Tab fills in what is left of the word", async () => {
  const env = { TERM: "dumb", SHELL: "/bin/bash", PS1: "$ " };
  const person = stage.startShell("script -qec 'bash --noprofile --norc -i' /dev/null", { env });
  person.write("source <(profclaw completion bash); echo read''y\n");
  await person.says(/ready/);
  person.write(`profclaw agent sh\t${ids[0]?.slice(0, 4)}\t --js\t > shown.json; exit\n`);
  await person.ended;
  const shown = JSON.parse(readFileSync(join(stage.workspace, "shown.json"), "utf8")) as { id: string };
  expect(shown.id.slice(0, 8)).toBe(ids[0]);
});

test.runIf(has("zsh"))("zsh: the script is loaded without a word, and its answer is read", async () => {
  const script =
    'autoload -U compinit; compinit -D; source <(profclaw completion zsh); print -- "$_comps[profclaw]"';
  const end = await stage.shell(`zsh -f -c '${script}'`);
  expect([end.stdout, end.stderr]).toEqual(["_profclaw\n", ""]);
});

test.runIf(has("fish"))("fish: commands and ids are completed", async () => {
  for (const [line, offered] of [
    ["profclaw agent sho", "show\t"],
    ["profclaw agent show ", ids[0]],
  ]) {
    const end = await stage.shell(`fish -N -c 'profclaw completion fish | source; complete -C "${line}"'`);
    expect(end.stdout).toContain(offered);
  }
});

test("a daemon that hangs holds a Tab up for less than a second, and nothing is said", async () => {
  const { pid } = stage.discovery();
  process.kill(pid, "SIGSTOP");
  try {
    const end = await stage.run(["completion", "bash", "--line", "profclaw agent show "]);
    expect([end.exitCode, end.stdout, end.stderr]).toEqual([0, "words\n", ""]);
    expect(end.ms).toBeLessThan(1_500);
  } finally {
    process.kill(pid, "SIGCONT");
  }
});

test("where no daemon runs none is started by a Tab", async () => {
  await using fresh = await createStage();
  const end = await fresh.run(["completion", "fish", "--words", "--", "agent", "show", ""]);
  expect([end.exitCode, end.stdout, end.stderr, existsSync(fresh.state)]).toEqual([0, "words\n", "", false]);
});
