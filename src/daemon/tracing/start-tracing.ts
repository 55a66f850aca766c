import type { Env } from "../../config/environment.ts";
import { parseTelemetrySettings } from "../../config/telemetry-settings.ts";
import { systemClock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { Store } from "../../store/store.ts";
import type { SecretBook } from "../log/secret-book.ts";
import type { Tracing } from "./open-tracing.ts";

/** Of whom spans are made. */
export interface TracedDaemon {
  env: Env;
  version: string;
  log: Log;
  secrets: SecretBook;
}

/** Tracing where `OTEL_*` asks for it; null, and nothing of it loaded, where it does not. */
export async function startTracing(daemon: TracedDaemon, store: Store): Promise<Tracing | null> {
  const { env, secrets } = daemon;
  const settings = parseTelemetrySettings(env);
  if (settings === null) return null;
  const headers = readHeaderValues(env);
  secrets.add(() => headers);
  const [{ openSpanSink }, { openTracing }] = await Promise.all([
    import("./open-span-sink.ts"),
    import("./open-tracing.ts"),
  ]);
  const sink = await openSpanSink(settings, daemon);
  if (sink === null) return null;
  return openTracing({ sink, store, now: () => systemClock.now(), redact: secrets.redact });
}

/** What a collector wants as a key, in `name=value,name=value`. */
function readHeaderValues(env: Env): string[] {
  const lists = [env["OTEL_EXPORTER_OTLP_HEADERS"], env["OTEL_EXPORTER_OTLP_TRACES_HEADERS"]];
  return lists.flatMap((list) => (list ?? "").split(",").map((pair) => pair.slice(pair.indexOf("=") + 1)));
}
