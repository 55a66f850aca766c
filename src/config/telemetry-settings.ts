import type { Env } from "./environment.ts";

/** Where spans go, and what they say of who sends them. */
export interface TelemetrySettings {
  /** `service.name` and whatever `OTEL_RESOURCE_ATTRIBUTES` adds. */
  resource: Readonly<Record<string, string>>;
  /** What is asked for and not done; null: nothing. */
  warning: string | null;
}

/**
 * OpenTelemetry's own variables. Null unless an endpoint is set and nothing turns traces off. Endpoint,
 * headers, sampler and batches are read by its SDK itself.
 */
export function parseTelemetrySettings(env: Env): TelemetrySettings | null {
  const endpoint = env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] || env["OTEL_EXPORTER_OTLP_ENDPOINT"];
  const isDisabled = env["OTEL_SDK_DISABLED"]?.toLowerCase() === "true";
  const exporter = env["OTEL_TRACES_EXPORTER"] || "otlp";
  if (!endpoint || isDisabled || exporter !== "otlp") return null;
  const protocol = env["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"] || env["OTEL_EXPORTER_OTLP_PROTOCOL"];
  return {
    resource: {
      "service.name": "profclaw",
      ...parseAttributes(env["OTEL_RESOURCE_ATTRIBUTES"] ?? ""),
      ...(env["OTEL_SERVICE_NAME"] ? { "service.name": env["OTEL_SERVICE_NAME"] } : {}),
    },
    warning:
      protocol === undefined || protocol === "" || protocol === "http/json"
        ? null
        : `OTEL_EXPORTER_OTLP_PROTOCOL is ${protocol}; spans are sent as http/json`,
  };
}

/** `key=value,key=value`, percent-encoded; all of it is passed over where a part cannot be read, as the specification says. */
function parseAttributes(text: string): Record<string, string> {
  const pairs = text.split(",").filter((pair) => pair.trim() !== "");
  try {
    return Object.fromEntries(
      pairs.map((pair) => {
        const at = pair.indexOf("=");
        if (at < 1) throw new URIError(pair);
        return [decodeURIComponent(pair.slice(0, at).trim()), decodeURIComponent(pair.slice(at + 1).trim())];
      }),
    );
  } catch {
    return {};
  }
}
