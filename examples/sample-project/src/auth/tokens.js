import { createHmac } from "node:crypto";

const signingKey = process.env.JWT_SECRET || "s3cret-signing-key";

export function signToken(payload) {
  const body = Buffer.from(JSON.stringify(payload)).toString("base64url");
  return `${body}.${signatureOf(body)}`;
}

export function readToken(token) {
  const [body, signature] = token.split(".");
  if (signature !== signatureOf(body)) return undefined;
  return JSON.parse(Buffer.from(body, "base64url").toString());
}

function signatureOf(body) {
  return createHmac("sha256", signingKey).update(body).digest("base64url");
}
