import type { Hint } from "./hint.ts";

/** Phrases in two languages, and sentences that must bring the hint up and must not. */
interface BuiltInHint extends Omit<Hint, "phrases"> {
  en: readonly string[];
  ru: readonly string[];
  fires: readonly string[];
  silent: readonly string[];
}

function listed(text: string): string[] {
  return text.split("|").map((phrase) => phrase.trim().replaceAll(/\s+/g, " "));
}

/** The data; add a phrase together with a sentence of each kind. */
export const hintData: readonly BuiltInHint[] = [
  {
    id: "parallel",
    tool: "spawn",
    advice: "Spawn one child for each independent part, all of them before you wait; then one wait for all.",
    en: listed(`
      in parallel | parallelize | parallelise | concurrently | simultaneously | at the same time |
      at once | side by side | fan out | several agents | multiple agents | subagents | sub-agents
      | an agent per | one agent for each
    `),
    ru: listed(`
      параллельно | в параллель | распараллель* | одновременно | в несколько потоков | нескольк*
      агент* | подагент* | субагент* | по агенту на
    `),
    fires: [
      "Review src/auth and src/billing in parallel.",
      "Check all five packages at the same time",
      "use several agents for this",
      "Проверь оба модуля параллельно",
      "Запусти нескольких агентов",
    ],
    silent: [
      "Do not run these in parallel, the database locks.",
      "Explain what `Promise.all` in `run in parallel` does",
      "The lines are parallel to the axis",
      "Не делай это параллельно",
      "Найди параллельные прямые",
      'Rename the button "at the same time"',
    ],
  },
  {
    id: "split",
    tool: "spawn",
    advice:
      "The user has cut the work into parts: one child for each part, with its own paths in its prompt.",
    en: listed(`
      for each of | each of these | each of the | every one of | split ... into | break ... into |
      break ... down | divide ... into | divide and conquer | one by one for | independently of
      each other | separately for each
    `),
    ru: listed(`
      для каждого | для каждой | каждый из | каждую из | каждый по отдельности | по отдельности |
      разбей ... на | раздели ... на | разбить ... на | независимо друг от друга
    `),
    fires: [
      "Write a summary for each of the twelve chapters",
      "Split this migration into parts and do them",
      "Сделай обзор для каждого сервиса",
      "Разбей задачу на части",
    ],
    silent: ["Split the string", "Break the loop early", "Каждый день бывает встреча", "Раздели число"],
  },
  {
    id: "background",
    tool: "spawn",
    advice:
      "A long task: spawn it with visible false, go on with other things, and look with task_logs or wait.",
    en: listed(`
      in the background | while i | meanwhile | keep ... running | long-running | overnight | when
      it is done | when it's done
    `),
    ru: listed(`
      в фоне | в фоновом режиме | фоном | пока я | тем временем | на ночь | долгая задача | когда
      закончит*
    `),
    fires: [
      "Build the image in the background",
      "Crawl the docs while I write the plan",
      "Собери проект в фоне",
      "Пока я пишу письмо, прогони бенчмарки",
    ],
    silent: ["Make the background blue", "a while loop", "Нарисуй фон", "Never run it in the background"],
  },
  {
    id: "angles",
    tool: "spawn",
    advice:
      "Several angles: spawn once with roles, e.g. skeptic, critic, explorer; they are blind to each other. Then wait, and weigh their answers against each other.",
    en: listed(`
      second opinion | different angles | several angles | different perspectives | multiple
      perspectives | different points of view | devil's advocate | independent review* | review
      panel | cross-check | triangulat* | pros and cons
    `),
    ru: listed(`
      второе мнение | независим* мнени* | независим* оценк* | с разных сторон | с нескольких
      сторон | разные точки зрения | разных точек зрения | адвокат* дьявола | перепроверь | за и
      против
    `),
    fires: [
      "I would like a second opinion on this design",
      "Look at it from different angles",
      "Play devil's advocate here",
      "Рассмотри вопрос с разных сторон",
      "Взвесь за и против",
    ],
    silent: ["Compute the angles of the triangle", "In my opinion it is fine", "Он стоит за дверью"],
  },
  {
    id: "research",
    tool: "spawn",
    advice:
      "Much reading for a short answer: let a child (role explorer) read, and return only what it found.",
    en: listed(`
      deep research | research thoroughly | in depth research | deep dive | read everything about
      | look through all | go through all | scan the whole | survey of
    `),
    ru: listed(`
      глубок* исследован* | исследуй подробно | подробно исследуй | изучи все | просмотри все |
      пройдись по всем | весь репозиторий
    `),
    fires: [
      "Do some deep research on vector clocks",
      "Go through all the tickets of last year",
      "Проведи глубокое исследование рынка",
      "Просмотри все логи за месяц",
    ],
    silent: ["He works in research", "A dive into the sea", "Покажи все"],
  },
  {
    id: "fresh_context",
    tool: "spawn",
    advice: "Another topic: give it to a child with a fresh context, and keep this one for what it is about.",
    en: listed(`
      unrelated question | on another topic | on a different topic | separate topic | fresh
      context | clean context | side question | by the way can you
    `),
    ru: listed(`
      не по теме | другая тема | на другую тему | отдельный вопрос | чист* контекст* | нов*
      контекст* | кстати можешь
    `),
    fires: [
      "An unrelated question: which licence has sqlite?",
      "Start with a fresh context for this",
      "Отдельный вопрос: какая лицензия у sqlite?",
    ],
    silent: ["The context is missing in this error", "Тема письма не указана"],
  },
  {
    id: "stale",
    tool: "tasks",
    advice:
      "Something was left undone: look at tasks with status failed, timed_out and interrupted, then spawn a child with the plan.",
    en: listed(`
      pick up where | left off | unfinished | still open | what is left to do | what's left to do
      | got stuck | abandoned | continue yesterday's
    `),
    ru: listed(`
      незаверш* | недодел* | осталось сделать | на чем остановил* | застрял* | заброшен* | доделай
      | продолжи вчераш*
    `),
    fires: [
      "Pick up where we stopped on Friday",
      "Is anything unfinished?",
      "Что осталось сделать?",
      "Доделай вчерашнее",
    ],
    silent: ["Turn left at the corner", "The file is open", "Остановись здесь"],
  },
];

/** Ours, as they are looked for. */
export const builtInHints: readonly Hint[] = hintData.map(({ id, tool, advice, en, ru }) => ({
  id,
  tool,
  advice,
  phrases: [...en, ...ru],
}));
