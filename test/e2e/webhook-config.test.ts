import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { createStage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";

const secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz";

test("a webhook of the configuration is told of the batch's end, signed", async () => {
  const seen: { headers: Record<string, string>; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (piece: string) => (body += piece));
    request.on("end", () => {
      seen.push({ headers: request.headers as Record<string, string>, body });
      response.end();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await using stage = await createStage();
  const text = `webhooks:\n  - { url: "http://127.0.0.1:${port}/hook", secret: ${secret}, events: [batch.ended] }\n`;
  await stage.run(["up"]);
  await stage.run(["down"]);
  writeFileSync(join(stage.state, "config.yaml"), text, { mode: 0o600 });
  const spawned = await stage.run(["agent", "spawn", "--task", "hello", "--json"]);
  expect(spawned.exitCode, spawned.stderr).toBe(0);
  await until(
    () => seen.length,
    (count) => count > 0,
    10_000,
  );
  const [first] = seen;
  const told = new Webhook(secret).verify(first?.body ?? "", first?.headers ?? {}) as { type: string };
  expect(told.type).toBe("batch.ended");
  server.close();
});
