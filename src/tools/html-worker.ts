import { parentPort, workerData } from "node:worker_threads";
import { convert } from "html-to-text";
import type { HtmlTask } from "./html-text.ts";

const maxDepth = 200;

const { html } = workerData as HtmlTask;

parentPort?.postMessage(
  convert(html, {
    wordwrap: false,
    limits: { maxDepth, maxInputLength: html.length, ellipsis: "…" },
    selectors: [
      { selector: "img", format: "skip" },
      { selector: "a", options: { hideLinkHrefIfSameAsText: true, ignoreHref: false } },
    ],
  }),
);
