import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { rootCertificates } from "node:tls";

/** Where systems keep the certificates that programs trust, all in one file. */
const bundles = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

export interface SystemRoots {
  /** All that the system trusts, PEM. */
  all: string;
  /** One of them that everybody knows, PEM. */
  known: string;
}

/** What this system trusts; undefined where that is not found, or has nothing that everybody knows. */
export function findSystemRoots(files: readonly string[] = bundles): SystemRoots | undefined {
  const all = files.map(readText).find((text) => text !== "");
  if (all === undefined) return undefined;
  const public_ = new Set(rootCertificates.map(squeeze));
  const known = (all.match(block) ?? []).find((pem) => public_.has(squeeze(pem)) && isRoot(pem));
  return known === undefined ? undefined : { all, known: `${known}\n` };
}

const block = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

function squeeze(pem: string): string {
  return pem.replace(/\s/g, "");
}

function isRoot(pem: string): boolean {
  return new X509Certificate(pem).ca;
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
