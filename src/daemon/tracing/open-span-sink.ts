import type { TelemetrySettings } from "../../config/telemetry-settings.ts";
import type { Log } from "../../core/log.ts";
import { names } from "./gen-ai-names.ts";
import type { FinishedSpan, SpanSink } from "./span-sink.ts";

const leastPauseMs = 60_000;
const packages = "@opentelemetry/sdk-trace-node @opentelemetry/exporter-trace-otlp-http";

/** Loads the SDK and its exporter; null, and said in the log, where they are not installed. Nothing else imports them. */
export async function openSpanSink(
  settings: TelemetrySettings,
  { version, log }: { version: string; log: Log },
): Promise<SpanSink | null> {
  if (settings.warning !== null) log(settings.warning, { level: "warn" });
  try {
    const parts = await Promise.all([
      import("@opentelemetry/api"),
      import("@opentelemetry/sdk-trace-node"),
      import("@opentelemetry/exporter-trace-otlp-http"),
    ]);
    return createSink(parts, settings, { version, log });
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND";
    const why = isMissing
      ? `its packages are not installed. Install them beside profclaw, then restart: npm install -g ${packages}`
      : `it does not start: ${String(error)}`;
    log(`OTEL_EXPORTER_OTLP_ENDPOINT is set, but no spans are sent: ${why}`, { level: "error" });
    return null;
  }
}

type Api = typeof import("@opentelemetry/api");
type Sdk = typeof import("@opentelemetry/sdk-trace-node");
type Exporter = typeof import("@opentelemetry/exporter-trace-otlp-http");

function createSink(
  [api, sdk, { OTLPTraceExporter }]: readonly [Api, Sdk, Exporter],
  { resource }: TelemetrySettings,
  { version, log }: { version: string; log: Log },
): SpanSink {
  const say = createSpeaker(log);
  api.diag.setLogger({ error: say, warn: say, info: quiet, debug: quiet, verbose: quiet });
  // Our spans begin in one daemon and may end in another: their ids are made from the session's.
  const next = { traceId: "", spanId: "" };
  const provider = new sdk.NodeTracerProvider({
    resource: toResource({ ...resource, "service.version": version }),
    spanProcessors: [new sdk.BatchSpanProcessor(new OTLPTraceExporter())],
    idGenerator: { generateTraceId: () => next.traceId, generateSpanId: () => next.spanId },
  });
  const tracer = provider.getTracer("profclaw", version);
  const toContext = (parent: FinishedSpan["parent"]): ReturnType<Api["trace"]["setSpanContext"]> => {
    if (parent === null) return api.ROOT_CONTEXT;
    const { traceId, spanId, isSampled } = parent;
    return api.trace.setSpanContext(api.ROOT_CONTEXT, { traceId, spanId, traceFlags: isSampled ? 1 : 0 });
  };
  return {
    isSampled(traceId, caller) {
      Object.assign(next, { traceId, spanId: "1".repeat(16) });
      // Never ended, so never sent: it only asks the sampler.
      const probe = tracer.startSpan("probe", {}, toContext(caller));
      return (probe.spanContext().traceFlags & api.TraceFlags.SAMPLED) !== 0;
    },
    emit({ name, kind, traceId, spanId, parent, startedAt, endedAt, attributes }) {
      Object.assign(next, { traceId, spanId });
      const spanKind = kind === "client" ? api.SpanKind.CLIENT : api.SpanKind.INTERNAL;
      const options = { kind: spanKind, startTime: new Date(startedAt), attributes: toMutable(attributes) };
      const span = tracer.startSpan(name, options, toContext(parent));
      const error = attributes[names.errorType];
      if (typeof error === "string") span.setStatus({ code: api.SpanStatusCode.ERROR, message: error });
      span.end(new Date(Math.max(startedAt, endedAt)));
    },
    close: () => provider.shutdown(),
  };
}

/** A collector that stays away is told once a minute, not with each batch. */
function createSpeaker(log: Log): (text: string) => void {
  let saidAt = Number.NEGATIVE_INFINITY;
  return (text) => {
    if (performance.now() - saidAt < leastPauseMs) return;
    saidAt = performance.now();
    log(`OpenTelemetry: ${text}`, { level: "warn" });
  };
}

function quiet(): void {}

function toMutable(attributes: FinishedSpan["attributes"]): Record<string, string | number | string[]> {
  const entries = Object.entries(attributes).map(
    ([name, value]) => [name, typeof value === "object" ? [...value] : value] as const,
  );
  return Object.fromEntries(entries);
}

type Resource = NonNullable<NonNullable<ConstructorParameters<Sdk["NodeTracerProvider"]>[0]>["resource"]>;

/** The SDK's own class for this comes in a package of its own, of which one process may have two versions. */
function toResource(attributes: Readonly<Record<string, string>>): Resource {
  return {
    attributes: { ...attributes },
    merge: (other) => toResource({ ...attributes, ...(other?.attributes as Record<string, string>) }),
    getRawAttributes: () => Object.entries(attributes),
  };
}
