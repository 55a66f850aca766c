import type { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { type ConnectionOptions, type TLSSocket, connect } from "node:tls";

export interface TlsQuestion {
  /** Of the model. */
  url: string;
  /** The certificates that count, PEM. */
  roots: string;
  withinMs: number;
}

/** What rustls speaks: OpenSSL takes older ciphers, curves and signatures too. */
const strict: ConnectionOptions = {
  minVersion: "TLSv1.2",
  ciphers: [
    "TLS_AES_256_GCM_SHA384",
    "TLS_AES_128_GCM_SHA256",
    "TLS_CHACHA20_POLY1305_SHA256",
    "ECDHE+AESGCM",
    "ECDHE+CHACHA20",
    "@SECLEVEL=2",
  ].join(":"),
  ecdhCurve: "X25519:P-256:P-384",
  sigalgs: [
    "ecdsa_secp256r1_sha256",
    "ecdsa_secp384r1_sha384",
    "ed25519",
    ...["256", "384", "512"].flatMap((bits) => [`rsa_pss_rsae_sha${bits}`, `rsa_pkcs1_sha${bits}`]),
  ].join(":"),
};

/**
 * True if a client that is as strict as rustls reaches this host: by today's ciphers, with a certificate of those roots that
 * names the host where such names belong. A plain http address always is.
 */
export function speaksStrictTls({ url, roots, withinMs }: TlsQuestion): Promise<boolean> {
  const { protocol, hostname, port } = new URL(url);
  if (protocol === "http:") return Promise.resolve(true);
  const host = hostname.replace(/^\[|\]$/g, "");
  return new Promise((resolve) => {
    const socket = connect({
      ...strict,
      host,
      port: Number(port || 443),
      ca: roots,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      timeout: withinMs,
    });
    const finish = (isSo: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(isSo);
    };
    const timer = setTimeout(() => finish(false), withinMs);
    socket.once("error", () => finish(false)).once("secureConnect", () => finish(isWellMade(socket)));
  });
}

/** Its host, in the one place where rustls looks for it; and no root that vouches for itself. */
function isWellMade(socket: TLSSocket): boolean {
  const leaf: X509Certificate | undefined = socket.getPeerX509Certificate();
  return leaf !== undefined && !leaf.ca && (leaf.subjectAltName ?? "") !== "" && leaf.subject !== leaf.issuer;
}
