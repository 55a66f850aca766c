import { lookup as resolve, type LookupAddress } from "node:dns";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { Webhook } from "standardwebhooks";
import { isPublicAddress } from "../../sandbox/public-address.ts";
import type { DueDelivery } from "../../store/webhooks.ts";

/** `status` of the answer; `unreachable` with why there was none. */
export type PostOutcome = { kind: "answered"; status: number } | { kind: "unreachable"; detail: string };

const withinMs = 15_000;

/**
 * Sends one delivery, signed anew with the present time. Never rejects. Redirects are not followed; an
 * address that is not public is refused, after the name was resolved, unless the target may be private.
 */
export async function postWebhook(
  { id, target, body }: Pick<DueDelivery, "id" | "target" | "body">,
  { now, signal }: { now: number; signal: AbortSignal },
): Promise<PostOutcome> {
  const url = new URL(target.url);
  const host = url.hostname.replaceAll(/^\[|\]$/g, "");
  // Sockets look nothing up where the host is an address already.
  if (!target.mayBePrivate && isIP(host) !== 0 && !isPublicAddress(host)) return refused(host);
  const headers = {
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(body)),
    "user-agent": "profclaw-webhooks",
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(now / 1_000)),
    "webhook-signature": new Webhook(target.secret).sign(id, new Date(now), body),
  };
  const send = url.protocol === "https:" ? httpsRequest : httpRequest;
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(withinMs)]);
  return new Promise((settle) => {
    const outgoing = send(url, {
      method: "POST",
      headers,
      agent: false,
      signal: deadline,
      ...(target.mayBePrivate ? {} : { lookup: lookupPublic }),
    });
    outgoing.once("response", (response) => {
      // What it says is of no interest, however long it is.
      response.once("error", () => {}).destroy();
      settle({ kind: "answered", status: response.statusCode ?? 0 });
    });
    outgoing.on("error", (error) => settle({ kind: "unreachable", detail: error.message }));
    outgoing.end(body);
  });
}

function refused(address: string): PostOutcome {
  return { kind: "unreachable", detail: `${address} is not a public address` };
}

const lookupPublic: LookupFunction = (host, options, answer) => {
  resolve(host, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    const inner = addresses?.find(({ address }) => !isPublicAddress(address));
    const [first] = addresses ?? [];
    if (error !== null) return answer(error, "");
    if (inner !== undefined || first === undefined) {
      return answer(new Error(`${host} leads to ${inner?.address ?? "nothing"}, which is not public`), "");
    }
    if (options.all === true) return answer(null, addresses);
    return answer(null, first.address, first.family);
  });
};
