import { createServer } from "node:http";

/** A span as a collector sees it. */
export interface SpanSeen {
  name: string;
  kind: number;
  traceId: string;
  spanId: string;
  parentSpanId: string | undefined;
  startMs: number;
  endMs: number;
  attributes: Record<string, unknown>;
  isError: boolean;
}

export interface OtlpReceiver extends AsyncDisposable {
  url: string;
  spans: SpanSeen[];
  /** Of whom they are: the resource of the last request. */
  resource: Record<string, unknown>;
  headers: Record<string, unknown>;
  /** Everything that came, as it came. */
  text: string;
}

interface Value {
  stringValue?: string;
  intValue?: number | string;
  doubleValue?: number;
  arrayValue?: { values: Value[] };
}
type Pairs = { key: string; value: Value }[];
interface WireSpan {
  name: string;
  kind: number;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: Pairs;
  status: { code?: number };
}
interface ExportRequest {
  resourceSpans: { resource: { attributes: Pairs }; scopeSpans: { spans: WireSpan[] }[] }[];
}

/** A collector on loopback that speaks OTLP over HTTP in JSON; `hang` never answers. */
export async function startOtlpReceiver({ hang = false } = {}): Promise<OtlpReceiver> {
  const seen = { spans: [] as SpanSeen[], resource: {}, headers: {}, text: "" };
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (piece: string) => (text += piece));
    request.once("end", () => {
      seen.text += text;
      seen.headers = request.headers;
      const { resourceSpans } = JSON.parse(text) as ExportRequest;
      for (const { resource, scopeSpans } of resourceSpans) {
        seen.resource = toRecord(resource.attributes);
        seen.spans.push(...scopeSpans.flatMap(({ spans }) => spans.map(toSpan)));
      }
      if (!hang) response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return Object.assign(seen, {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  });
}

function toSpan(span: WireSpan): SpanSeen {
  const { name, kind, traceId, spanId, parentSpanId } = span;
  return {
    name,
    kind,
    traceId,
    spanId,
    parentSpanId: parentSpanId === "" ? undefined : parentSpanId,
    startMs: Number(BigInt(span.startTimeUnixNano) / 1_000_000n),
    endMs: Number(BigInt(span.endTimeUnixNano) / 1_000_000n),
    attributes: toRecord(span.attributes),
    isError: span.status.code === 2,
  };
}

function toRecord(pairs: Pairs): Record<string, unknown> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, toPlain(value)]));
}

function toPlain(value: Value): unknown {
  if (value.arrayValue !== undefined) return value.arrayValue.values.map(toPlain);
  if (value.intValue !== undefined) return Number(value.intValue);
  return value.stringValue ?? value.doubleValue;
}
