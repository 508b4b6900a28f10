// Bytes, their text forms, and the framed digests that everything signed or hashed goes through (docs/protocol.md, "Encodings").

const utf8 = new TextEncoder();

export const bytesOf = (text) => utf8.encode(text);

export const textOf = (bytes) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);

export function concat(...parts) {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

export function equal(a, b) {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export const fromHex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));

// Only the spelling that the encoder writes is read: one byte string, one text.
export function fromBase64(text) {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  if (toBase64(bytes) !== text) throw new Error("base64");
  return bytes;
}

export function toBase64(bytes) {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

export const toBase64Url = (bytes) => toBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

// A whole number as `length` big-endian bytes; exact up to 2^53 - 1.
export function bigEndian(number, length) {
  if (!Number.isSafeInteger(number) || number < 0) throw new Error("number");
  const bytes = new Uint8Array(length);
  for (let i = length - 1, rest = number; i >= 0; i -= 1, rest = Math.floor(rest / 256)) bytes[i] = rest % 256;
  return bytes;
}

export function readBigEndian(bytes) {
  const number = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  if (!Number.isSafeInteger(number)) throw new Error("number");
  return number;
}

export const frame = (...parts) => concat(...parts.flatMap((part) => [bigEndian(part.length, 4), part]));

export const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));

export const digest = (use, ...parts) => sha256(frame(bytesOf(`enishi/v1/${use}`), ...parts));
