import { assert, constantFrom, property, record, type Arbitrary } from "fast-check";
import { describe, expect, test } from "vitest";
import { ProfclawError } from "../../../src/core/errors.ts";
import { grantRanks, type Grants } from "../../../src/core/grants.ts";
import { toolsAllowedBy } from "../../../src/policy/allowed-tools.ts";
import {
  defaultLevel,
  isPersonOnly,
  levelNames,
  parseLevel,
  permissionModes,
} from "../../../src/policy/levels.ts";
import { meet } from "../../../src/policy/meet.ts";

const anyGrant = constantFrom(...grantRanks);
const anyGrants: Arbitrary<Grants> = record({
  reads: anyGrant,
  writes: anyGrant,
  testRun: anyGrant,
  bash: anyGrant,
  network: anyGrant,
  rest: anyGrant,
});

function isWithin(inner: Grants, outer: Grants): boolean {
  const cells = Object.keys(outer) as (keyof Grants)[];
  return cells.every((cell) => grantRanks.indexOf(inner[cell]) <= grantRanks.indexOf(outer[cell]));
}

describe("parseLevel", () => {
  test("takes the five levels and the names that coding agents use for them", () => {
    const names = Object.fromEntries(permissionModes.map((mode) => [mode, parseLevel(mode).name]));
    expect(names).toEqual({
      deny: "deny",
      allowlist: "allowlist",
      acceptEdits: "acceptEdits",
      ask: "ask",
      auto: "auto",
      full: "full",
      plan: "deny",
      dontAsk: "allowlist",
      default: "ask",
      bypassPermissions: "full",
    });
  });

  test.each(["", "Auto", "__proto__", "constructor", "root", "autoo"])(
    "refuses %j and lists the names",
    (text) => {
      const refusal = catchError(() => parseLevel(text));
      expect(refusal.code).toBe("invalid-request");
      for (const mode of permissionModes) expect(refusal.message).toContain(mode);
    },
  );

  test("names the nearest for a typo", () => {
    expect(catchError(() => parseLevel("bypasPermission")).message).toContain(
      "Did you mean bypassPermissions?",
    );
  });

  test("acceptEdits is allowlist with writes", () => {
    expect(parseLevel("acceptEdits").grants).toEqual({ ...parseLevel("allowlist").grants, writes: "yes" });
  });

  test("the default is auto, and only full is for a person alone", () => {
    expect(defaultLevel).toBe("auto");
    expect(levelNames.filter(isPersonOnly)).toEqual(["full"]);
  });

  test("gives every caller grants of its own", () => {
    parseLevel("deny").grants.bash = "yes";
    expect(parseLevel("deny").grants.bash).toBe("no");
  });
});

describe("meet", () => {
  test("is commutative, associative and idempotent", () => {
    assert(
      property(anyGrants, anyGrants, anyGrants, (a, b, c) => {
        expect(meet(a, b)).toEqual(meet(b, a));
        expect(meet(meet(a, b), c)).toEqual(meet(a, meet(b, c)));
        expect(meet(a, a)).toEqual(a);
      }),
    );
  });

  test("is never above either, and as wide as both allow", () => {
    assert(
      property(anyGrants, anyGrants, anyGrants, (a, b, c) => {
        expect(isWithin(meet(a, b), a) && isWithin(meet(a, b), b)).toBe(true);
        if (isWithin(c, a) && isWithin(c, b)) expect(isWithin(c, meet(a, b))).toBe(true);
      }),
    );
  });

  test("a child of an allowlist session can not get approvals by asking for auto", () => {
    const child = meet(parseLevel("allowlist").grants, parseLevel("auto").grants);
    expect(child).toEqual(parseLevel("allowlist").grants);
  });
});

describe("toolsAllowedBy", () => {
  const tools = [
    { name: "read_file", column: "reads" },
    { name: "write_file", column: "writes" },
    { name: "bash", column: "bash" },
    { name: "test_run", column: "testRun" },
    { name: "fetch_url", column: "network" },
    { name: "sessions_spawn", column: "sessions" },
    { name: "whisper", column: "sessions" },
    { name: "sessions_send", column: "sessions" },
  ] as const;
  const offered = (level: string, hasParent = true) =>
    toolsAllowedBy({ grants: parseLevel(level).grants, tools, hasParent });

  test("offers what the level allows at all", () => {
    expect(offered("deny")).toEqual(["read_file", "whisper"]);
    expect(offered("allowlist")).toEqual(["read_file", "bash", "fetch_url", "whisper"]);
    expect(offered("acceptEdits")).toEqual(["read_file", "write_file", "bash", "fetch_url", "whisper"]);
    for (const level of ["ask", "auto", "full"]) expect(offered(level)).toHaveLength(6);
  });

  test("offers sessions_spawn to sessions without a parent only", () => {
    expect(offered("auto", false)).toContain("sessions_spawn");
    expect(offered("auto", true)).not.toContain("sessions_spawn");
  });
});

function catchError(job: () => unknown): ProfclawError {
  try {
    job();
  } catch (error) {
    if (error instanceof ProfclawError) return error;
  }
  throw new Error("nothing was refused");
}
