import { type KeyObject, generateKeyPairSync, randomBytes, sign } from "node:crypto";

/** A certificate and the key to it, PEM. */
export interface Made {
  cert: string;
  key: string;
  name: string;
}

export interface CertificateWish {
  /** Its common name. */
  name: string;
  /** Who vouches for it; left out: itself, as a root. */
  by?: Made;
  /** The DNS name where such names belong; left out: only in its common name, as long ago. */
  host?: string;
}

/** A certificate as it was made for this run of the tests, RSA 2048, of today and tomorrow. */
export function makeCertificate({ name, by, host }: CertificateWish): Made {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  const body = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    rsaSha256,
    toName(by?.name ?? name),
    sequence(time(-86_400_000), time(86_400_000)),
    toName(name),
    publicKey.export({ type: "spki", format: "der" }),
    explicit(3, sequence(...toExtensions(by === undefined, host))),
  );
  const signature = sign("sha256", body, by?.key ?? privateKey);
  const cert = sequence(body, rsaSha256, tag(0x03, Buffer.concat([Buffer.from([0]), signature])));
  return { cert: toPem(cert), key: toText(privateKey), name };
}

function toExtensions(isRoot: boolean, host: string | undefined): Buffer[] {
  const constraints = sequence(...(isRoot ? [tag(0x01, Buffer.from([0xff]))] : []));
  return [
    sequence(oid("551d13"), tag(0x01, Buffer.from([0xff])), tag(0x04, constraints)),
    ...(host === undefined
      ? []
      : [sequence(oid("551d11"), tag(0x04, sequence(tag(0x82, Buffer.from(host)))))]),
  ];
}

function tag(kind: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([kind, ...size]), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tag(0x30, Buffer.concat(parts));
}

function explicit(number: number, content: Buffer): Buffer {
  return tag(0xa0 + number, content);
}

function integer(bytes: Buffer): Buffer {
  return tag(0x02, bytes);
}

function oid(hex: string): Buffer {
  return tag(0x06, Buffer.from(hex, "hex"));
}

const rsaSha256 = sequence(oid("2a864886f70d01010b"), tag(0x05, Buffer.alloc(0)));

function toName(name: string): Buffer {
  return sequence(tag(0x31, sequence(oid("550403"), tag(0x0c, Buffer.from(name)))));
}

function time(offsetMs: number): Buffer {
  const text = new Date(Date.now() + offsetMs).toISOString().replace(/[-:T]|\.\d+/g, "");
  return tag(0x18, Buffer.from(text));
}

function toPem(der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

function toText(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}
