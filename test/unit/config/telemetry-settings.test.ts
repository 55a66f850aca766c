import { expect, test } from "vitest";
import { parseTelemetrySettings } from "../../../src/config/telemetry-settings.ts";

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318" };

test.each([
  {},
  { OTEL_SERVICE_NAME: "agents" },
  { ...endpoint, OTEL_SDK_DISABLED: "TRUE" },
  { ...endpoint, OTEL_TRACES_EXPORTER: "none" },
  { ...endpoint, OTEL_TRACES_EXPORTER: "console" },
  { OTEL_EXPORTER_OTLP_ENDPOINT: "" },
])("no spans with %j", (env) => {
  expect(parseTelemetrySettings(env)).toBeNull();
});

test("an endpoint, for all signals or for traces alone, turns them on", () => {
  expect(parseTelemetrySettings(endpoint)?.resource).toEqual({ "service.name": "profclaw" });
  expect(parseTelemetrySettings({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://x/v1" })).not.toBeNull();
});

function read(text: string): unknown {
  const env = { ...endpoint, OTEL_RESOURCE_ATTRIBUTES: text, OTEL_SERVICE_NAME: "mine" };
  return parseTelemetrySettings(env)?.resource;
}

test("attributes are decoded, and OTEL_SERVICE_NAME wins; what can not be read is passed over whole", () => {
  expect(read("service.name=other, team=a%2Cb,empty=")).toEqual({
    "service.name": "mine",
    team: "a,b",
    empty: "",
  });
  for (const wrong of ["team", "=x", "team=%E0%A4%A"])
    expect(read(wrong)).toEqual({ "service.name": "mine" });
});

test("another protocol than ours is told, not refused", () => {
  const settings = parseTelemetrySettings({ ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" });
  expect(settings?.warning).toBe("OTEL_EXPORTER_OTLP_PROTOCOL is grpc; spans are sent as http/json");
});
