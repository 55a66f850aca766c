export const question = "Which of this project's promises is least protected by its tests?";

/** A section of the page: a command as it is typed, and what is said of it. `{synthesizer}`, `{skeptic}`: an id. */
export interface Scene {
  title: string;
  text: string;
  type: string;
}

export const scenes: readonly Scene[] = [
  {
    title: "Ask",
    text: "One session gets the question, and leave to ask others. It comes back with one ranked answer. (What it says on stderr while it goes on is left out here; on a terminal that is a live table.)",
    type: `profclaw agent spawn --role synthesizer --task "${question} Ask three roles that do not see each other, have them vote, and give me one answer."`,
  },
  {
    title: "Who worked",
    text: "The lead has spawned a panel: the same question, three stances, one folder. While it waited it held no slot.",
    type: "profclaw agent sessions -a --tree",
  },
  {
    title: "How the lead went about it",
    text: "What it called, out of its log: it spawns, and waits for three answers; writes to each, and they go on; waits again; and consolidates.",
    type: "profclaw agent logs {synthesizer} | grep →",
  },
  {
    title: "How one of them went about it",
    text: "The skeptic looks, records a finding and ends. The lead's message wakes it: it sees what the others found, checks that in the files, and votes.",
    type: "profclaw agent logs {skeptic}",
  },
  {
    title: "Who voted what, and why",
    text: "Every finding keeps its author, its evidence and its votes, over REST as well.",
    type: String.raw`curl -s localhost:{port}/api/findings | grep -oE '"(text|weight|reason)":("[^"]*"|-?[0-9.]+)'`,
  },
];
