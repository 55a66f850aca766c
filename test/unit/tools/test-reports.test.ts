import { describe, expect, test } from "vitest";
import { parseTestOutput } from "../../../src/tools/test-reports/parse-test-output.ts";

// Outputs as the programs printed them, shortened. go's are after `go doc test2json`.
const mocha = `

  sum
    ✔ adds
    1) subtracts
    - later


  1 passing (2ms)
  1 pending
  1 failing

  1) sum
       subtracts:
     Error: expected 1 to be 2
      at Context.<anonymous> (m.js:1:77)
`;

const jest = `FAIL j/a.test.js
  sum
    ✓ adds (1 ms)
    ✕ subtracts (3 ms)
    ○ skipped later

  ● sum › subtracts

    expect(received).toBe(expected) // Object.is equality

Test Suites: 1 failed, 1 total
Tests:       1 failed, 1 skipped, 1 passed, 3 total
Snapshots:   0 total
Time:        0.421 s
`;

const bun = `bun test v1.4.5 (a7733435c)

j/a.test.js:
(pass) sum > adds
error: expect(received).toBe(expected)
(fail) sum > subtracts [0.36ms]
(skip) sum > later

 1 pass
 1 skip
 1 fail
 1 expect() calls
Ran 3 tests across 1 file. [7.00ms]
`;

const nodeTap = `TAP version 13
# Subtest: sum
    # Subtest: adds
    ok 1 - adds
    # Subtest: subtracts
    not ok 2 - subtracts
      ---
      failureType: 'testCodeFailure'
      ...
    ok 3 - later # SKIP
    1..3
not ok 1 - sum
  ---
  failureType: 'subtestsFailed'
  ...
1..1
# tests 3
# suites 1
# pass 1
# fail 1
# cancelled 0
# skipped 1
# todo 0
`;

const vitest = `
 FAIL  a.test.ts > sum > subtracts
AssertionError: expected 1 to be 2

 Test Files  1 failed (1)
      Tests  1 failed | 1 passed | 1 skipped (3)
   Start at  02:22:09
`;

const pytest = `.Fs                                                     [100%]
=================================== FAILURES ===================================
E       AssertionError: bad
=========================== short test summary info ============================
FAILED test_a.py::test_subtracts - AssertionError: bad
1 failed, 1 passed, 1 skipped in 1.19s
`;

const cargo = `running 3 tests
test tests::later ... ignored
test tests::adds ... ok
test tests::subtracts ... FAILED

failures:

---- tests::subtracts stdout ----

test result: FAILED. 1 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.26s
`;

const tap = "TAP version 13\nok 1 - adds\nnot ok 2 - subtracts\nok 3 - later # SKIP\n1..3\n";

const go = [
  { Action: "run", Package: "demo", Test: "TestAdds" },
  { Action: "pass", Package: "demo", Test: "TestAdds" },
  { Action: "output", Package: "demo", Test: "TestSum/subtracts", Output: "    a_test.go:5: bad\n" },
  { Action: "fail", Package: "demo", Test: "TestSum/subtracts" },
  { Action: "fail", Package: "demo", Test: "TestSum" },
  { Action: "skip", Package: "demo", Test: "TestLater" },
  { Action: "fail", Package: "demo" },
]
  .map((event) => JSON.stringify(event))
  .join("\n");

const one = { passed: 1, failed: 1, skipped: 1 };

describe("every runner's own words", () => {
  test.each([
    ["mocha", mocha, "sum > subtracts"],
    ["jest", jest, "sum › subtracts"],
    ["bun", bun, "sum > subtracts"],
    ["node --test", nodeTap, "subtracts"],
    ["vitest", vitest, "a.test.ts > sum > subtracts"],
    ["pytest", pytest, "test_a.py::test_subtracts"],
    ["cargo", cargo, "tests::subtracts"],
    ["TAP", tap, "subtracts"],
    ["go", go, "demo TestSum/subtracts"],
  ])("%s", (framework, output, name) => {
    expect(parseTestOutput(output)).toMatchObject({ framework, ...one, failing: [name] });
    expect(parseTestOutput(output)?.excerpt).not.toBe("");
  });

  test("colours and Windows line ends change nothing", () => {
    const coloured = vitest.replace(/failed/g, "\u001b[31mfailed\u001b[39m").replace(/\n/g, "\r\n");
    expect(parseTestOutput(coloured)).toMatchObject({ framework: "vitest", ...one });
  });
});

test("several frameworks in one run are summed", () => {
  expect(parseTestOutput(vitest + pytest)).toMatchObject({
    framework: "vitest, pytest",
    passed: 2,
    failed: 2,
    skipped: 2,
  });
});

test("several runs of one framework are summed", () => {
  expect(parseTestOutput(cargo + cargo)).toMatchObject({ passed: 2, failed: 2, skipped: 2 });
  expect(parseTestOutput(vitest + vitest)).toMatchObject({ passed: 2, failed: 2, skipped: 2 });
  expect(parseTestOutput(mocha + mocha)).toMatchObject({ passed: 2, failed: 2, skipped: 2 });
});

test("a file that does not load is a failure, though no test ran", () => {
  const broken =
    " FAIL  a.test.ts [ a.test.ts ]\nSyntaxError\n\n Test Files  1 failed (1)\n      Tests  no tests\n";
  expect(parseTestOutput(broken)).toMatchObject({ passed: 0, failed: 1 });
});

test("pytest's errors, expected failures and empty runs are told apart", () => {
  expect(parseTestOutput("ERROR test_a.py\n1 error in 0.05s\n")).toMatchObject({
    failed: 1,
    failing: ["test_a.py"],
  });
  expect(parseTestOutput("== 2 passed, 1 xfailed, 1 xpassed in 0.05s ==\n")).toMatchObject({
    passed: 3,
    skipped: 1,
  });
  expect(parseTestOutput("no tests ran in 0.01s\n")).toMatchObject({ passed: 0, failed: 0 });
});

test("a go package that does not build fails by its name", () => {
  const events = [
    { ImportPath: "demo [demo.test]", Action: "build-output", Output: "./a.go:3: undefined: x\n" },
    { ImportPath: "demo [demo.test]", Action: "build-fail" },
    { Action: "fail", Package: "demo" },
  ];
  const output = events.map((event) => JSON.stringify(event)).join("\n");
  expect(parseTestOutput(output)).toMatchObject({
    failed: 1,
    failing: ["demo"],
    excerpt: "./a.go:3: undefined: x\n",
  });
});

test("what is no test output is not taken for one", () => {
  for (const text of [
    "",
    "hello",
    "ok then",
    "3 passed the exam",
    '{"a":1}\n{bad',
    "Tests are fun",
    "1..2",
  ]) {
    expect(parseTestOutput(text)).toBeUndefined();
  }
});

test("an output made to make patterns slow is read at once", () => {
  const startedAt = performance.now();
  for (const piece of [
    "1 a, ",
    "FAILED - ",
    "(fail) [",
    "✖ (1ms",
    " ● ",
    "not ok 1 - ",
    "1 passing (",
    "=",
  ]) {
    parseTestOutput(piece.repeat(200_000));
    parseTestOutput(`${piece}\n`.repeat(50_000));
  }
  expect(performance.now() - startedAt).toBeLessThan(10_000);
});
