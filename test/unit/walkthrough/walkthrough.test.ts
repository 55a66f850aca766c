import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { splitLine } from "../../../src/cli/completion/split-line.ts";
import { findCommand } from "../../../src/cli/find-command.ts";
import { normalise } from "../../walkthrough/normalise.ts";
import { renderPage } from "../../walkthrough/render-page.ts";
import { scenes } from "../../walkthrough/scenes.ts";
import { Screen } from "../../walkthrough/screen.ts";
import { toSvg } from "../../walkthrough/to-svg.ts";

const docs = fileURLToPath(new URL("../../../docs", import.meta.url));
const escape = "\u001b";

function show(text: string, columns = 80): Screen {
  const screen = new Screen(columns);
  // A sequence may be cut in two by a pipe.
  for (const piece of text.match(/[^]{1,3}/g) ?? []) screen.feed(piece);
  return screen;
}

test("the page has a section for each scene, and each has its picture", () => {
  expect(readFileSync(join(docs, "walkthrough.md"), "utf8")).toBe(renderPage(scenes));
  const pictures = readdirSync(join(docs, "walkthrough"));
  expect(pictures.toSorted()).toEqual(scenes.map(({ name }) => `${name}.svg`).toSorted());
});

test("every command of the pictures is one that there is, with flags that it has", async () => {
  const typed = scenes.flatMap(({ shots }) => shots.flatMap(({ type }) => type.split(/ && | \| /)));
  for (const command of typed.filter((one) => one.startsWith("profclaw "))) {
    const found = findCommand(splitLine(command).slice(1));
    if (found.kind !== "command") throw new Error(`${command} is no command`);
    const { flags } = await (await found.entry.load()).shape();
    const given = found.argv.filter((word) => /^--?[a-z]/.test(word));
    expect(given.filter((word) => !flags.some(({ long, short }) => word === long || word === short))).toEqual(
      [],
    );
  }
});

test("what is drawn over is gone, what is erased too, and a long line goes on below", () => {
  const table = `one\r\ntwo\r\n${escape}[2A${escape}[J${escape}[31mred${escape}[39m\r\n\ttab`;
  expect(show(table).text()).toBe("red\n        tab");
  expect(show(`progress 10%\rprogress 100%${escape}[K`).text()).toBe("progress 100%");
  expect(show("abcdefgh", 5).text()).toBe("abcde\nfgh");
  expect(show(`${escape}]0;title${escape}\\x${escape}[?25ly`).text()).toBe("xy");
});

test("a picture holds every character, escaped, in its colour and place", () => {
  const svg = toSvg(show(`${escape}[32mok${escape}[39m  <a & b>`).copy(), 80);
  expect(svg).toContain('fill="#8fcf7f">ok</text>');
  expect(svg).toContain(">&lt;a &amp; b&gt;</text>");
  expect(svg).toMatch(/x="45\.2" [^>]*>&lt;a/);
});

test("ids, times, folders and sizes are the same in every picture, and columns stay where they are", () => {
  const id = "1a2b3c4d-0000-4000-8000-000000000001";
  const draw = (shortId: string, time: string) =>
    normalise(show(`${shortId}  running  x  ${time}\r\n12:34:56  in /tmp/abc, pid 99, after 2.0s`).copy(), {
      ids: [id],
      places: [["/tmp/abc", "/home/ann"]],
    });
  const text = (rows: ReturnType<typeof draw>) =>
    rows.map((row) => row.map(({ character }) => character).join(""));
  const [first, second] = [text(draw("1a2b3c4d", "4.3s")), text(draw("1a2b3c4d", "0.1s"))];
  expect(first).toEqual(second);
  expect(first[0]).toMatch(/^[0-9a-f]{8} {2}running {2}x {2}2\.4s$/);
  expect(first[0]).not.toContain("1a2b3c4d");
  expect(first[1]).toBe("12:00:00  in /home/ann, pid 4711, after 2.4s");
});
