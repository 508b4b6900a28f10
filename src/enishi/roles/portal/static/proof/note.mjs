// Signed notes, checkpoints and cosignatures (C2SP signed-note, tlog-checkpoint, tlog-cosignature v1).

import { bytesOf, concat, equal, fromBase64, hex, readBigEndian, sha256 } from "./bytes.mjs";

const ED25519 = 1;
const COSIGNATURE = 4;

export function parseNote(note) {
  const gap = note.lastIndexOf("\n\n");
  if (gap < 0 || !note.endsWith("\n")) throw new Error("note");
  return { text: note.slice(0, gap + 1), lines: note.slice(gap + 2, -1).split("\n").map(parseLine) };
}

function parseLine(line) {
  const match = /^— ([^\s+]+) ([A-Za-z0-9+/=]+)$/u.exec(line);
  if (!match) throw new Error("signature line");
  const bytes = fromBase64(match[2]);
  if (bytes.length < 5) throw new Error("signature line");
  return { name: match[1], id: bytes.subarray(0, 4), signature: bytes.subarray(4) };
}

export function parseCheckpoint(text) {
  const lines = text.split("\n");
  if (lines.length < 4 || !/^(0|[1-9][0-9]{0,14})$/.test(lines[1])) throw new Error("checkpoint");
  const root = fromBase64(lines[2]);
  if (lines[0] === "" || root.length !== 32) throw new Error("checkpoint");
  return { origin: lines[0], size: Number(lines[1]), root };
}

// name+hex(key id)+base64(type | public key); the key id must belong to the key.
export async function parseKey(encoded) {
  const match = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/u.exec(encoded);
  if (!match) throw new Error("key");
  const bytes = fromBase64(match[3]);
  const id = (await sha256(concat(bytesOf(`${match[1]}\n`), bytes))).subarray(0, 4);
  if (bytes.length !== 33 || hex(id) !== match[2]) throw new Error("key");
  return { name: match[1], id, type: bytes[0], public: bytes.subarray(1) };
}

async function holds(key, message, signature) {
  const imported = await crypto.subtle.importKey("raw", key.public, { name: "Ed25519" }, false, ["verify"]);
  return crypto.subtle.verify({ name: "Ed25519" }, imported, signature, message);
}

const linesOf = (note, key) => note.lines.filter((line) => line.name === key.name && equal(line.id, key.id));

// Whether the log signed the text: at least one line of its key, and none that is false.
export async function isSigned(note, key) {
  const lines = linesOf(note, key);
  if (key.type !== ED25519 || lines.length === 0) return false;
  const answers = await Promise.all(lines.map((line) => holds(key, bytesOf(note.text), line.signature)));
  return answers.every(Boolean);
}

// When a witness cosigned the text (milliseconds), null if it did not; an error if a line in its name is false.
export async function cosignedAt(note, key) {
  if (key.type !== COSIGNATURE) throw new Error("key type");
  let latest = null;
  for (const line of linesOf(note, key)) {
    if (line.signature.length !== 72) throw new Error("cosignature");
    const at = readBigEndian(line.signature.subarray(0, 8));
    const message = bytesOf(`cosignature/v1\ntime ${at}\n${note.text}`);
    if (!(await holds(key, message, line.signature.subarray(8)))) throw new Error("cosignature");
    latest = Math.max(latest ?? 0, at * 1000);
  }
  return latest;
}
