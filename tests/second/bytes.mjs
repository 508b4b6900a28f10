// Section 2: bytes, frames, digests.  A Refusal is what the page says must be refused; any other exception is a fault of this program.
import { sha256 } from "./packages.mjs";

export class Refusal extends Error {}

export function refuse(reason) {
  throw new Refusal(reason);
}

export function demand(condition, reason) {
  if (!condition) refuse(reason);
}

const encoder = new TextEncoder();
export const utf8 = (text) => encoder.encode(text);

export function text(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return refuse("not UTF-8");
  }
}

export const hex = (bytes) => Buffer.from(bytes).toString("hex");
export const unhex = (said) => new Uint8Array(Buffer.from(said, "hex"));
export const base64 = (bytes) => Buffer.from(bytes).toString("base64");

export function unbase64(said, strict = true) {
  demand(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(said), "base64");
  const bytes = new Uint8Array(Buffer.from(said, "base64"));
  demand(!strict || base64(bytes) === said, "stray bits in base64");
  return bytes;
}

export function concat(...parts) {
  return new Uint8Array(Buffer.concat(parts));
}

export const same = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)) === 0;
export const among = (wanted, many) => many.some((one) => same(one, wanted));

export function uint(number, length) {
  const out = new Uint8Array(length);
  let rest = BigInt(number);
  for (let i = length - 1; i >= 0; i--, rest >>= 8n) out[i] = Number(rest & 255n);
  return out;
}

export const u64 = (number) => uint(number, 8);

export function number(bytes) {
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}

export function frame(...parts) {
  return concat(...parts.flatMap((part) => [uint(part.length, 4), part]));
}

export function digest(use, ...parts) {
  return sha256(frame(utf8(`enishi/v1/${use}`), ...parts));
}

export function demandLength(bytes, length, what) {
  demand(bytes.length === length, `${what} has ${bytes.length} bytes`);
}

export function equal(made, wanted, what) {
  // A check value that does not come out is no refusal: it is a difference between two implementations.
  if (made !== wanted) throw new Error(`${what}: ${made} is not ${wanted}`);
}
