// Section 16: leaves, labels, the map of labels, the tree, notes, cosignatures, tiles, the witness's decision.
import { hmac, sha256 } from "./packages.mjs";
import { base64, concat, demand, demandLength, digest, hex, number, refuse, same, text, u64, uint, unbase64, utf8 } from "./bytes.mjs";
import { verifies } from "./seal.mjs";

const ZERO = new Uint8Array(32);
export const KINDS = { INTENT: 1, OUTCOME: 2, REFUSAL: 3, LOOK: 4, LATE_ENTRY: 5, LABEL_MAP: 6, SNAPSHOT: 7, WITHHELD: 8, SELF: 9, CHANGE: 10 };
const OF_THE_LOG = [KINDS.LABEL_MAP, KINDS.SNAPSHOT];

// ---- 16.1

export function decodeLeaf(bytes) {
  demandLength(bytes, 78, "a leaf");
  const leaf = { version: bytes[0], epoch: number(bytes.subarray(1, 5)), at_ms: number(bytes.subarray(5, 13)), kind: bytes[13], label: bytes.slice(14, 46), commitment: bytes.slice(46) };
  demand(leaf.version === 1 && leaf.kind >= 1 && leaf.kind <= 10, "version or kind of a leaf");
  demand(OF_THE_LOG.includes(leaf.kind) === same(leaf.label, ZERO), "a label where none belongs, or none where one does");
  return leaf;
}

export const commitment = (salt, body) => digest("body", salt, body);

export function checkBody(leaf, salt, body) {
  demand(same(commitment(salt, body), leaf.commitment), "another body than the leaf commits to");
}

// ---- 16.2

export const personKey = (key, tag) => hmac(sha256, key, tag);
export const label = (personKey, n) => digest("label", personKey, u64(n));

// ---- 16.4

const bit = (value, i) => (value[i >> 3] >> (7 - (i & 7))) & 1;

function mapRoot(proof, wanted) {
  const { found, steps } = proof;
  if (found.length === 0) return demand(steps.length === 0, "steps to nothing"), ZERO;
  demandLength(found, 32, "found");
  let [hash, last] = [sha256(concat(new Uint8Array([2]), found)), 256];
  for (const step of steps) {
    demand(step.bit >= 0 && step.bit < last, "bits that do not fall towards the root");
    demandLength(step.sibling, 32, "a sibling");
    demand(bit(found, step.bit) === bit(wanted, step.bit), "found and wanted differ on the way");
    const [left, right] = bit(wanted, step.bit) ? [step.sibling, hash] : [hash, step.sibling];
    [hash, last] = [sha256(concat(new Uint8Array([3]), uint(step.bit, 2), left, right)), step.bit];
  }
  return hash;
}

export function checkMap(root, wanted, proof, present) {
  demand(same(mapRoot(proof, wanted), root), "not the root of the map");
  demand(same(proof.found, wanted) === present, present ? "the label is absent" : "the label is present");
}

// ---- 16.5

export const leafHash = (bytes) => sha256(concat(new Uint8Array([0]), bytes));
const node = (left, right) => sha256(concat(new Uint8Array([1]), left, right));

export function rootOf(hashes) {
  if (hashes.length === 0) return sha256(new Uint8Array());
  if (hashes.length === 1) return hashes[0];
  let split = 1;
  while (split * 2 < hashes.length) split *= 2;
  return node(rootOf(hashes.slice(0, split)), rootOf(hashes.slice(split)));
}

/** RFC 6962, 2.1.1: the audit path of leaf i. */
export function pathOf(hashes, i) {
  if (hashes.length === 1) return [];
  let split = 1;
  while (split * 2 < hashes.length) split *= 2;
  const [left, right] = [hashes.slice(0, split), hashes.slice(split)];
  return i < split ? [...pathOf(left, i), rootOf(right)] : [...pathOf(right, i - split), rootOf(left)];
}

const half = (value) => Math.floor(value / 2);
const demandHashes = (path) => path.forEach((hash) => demandLength(hash, 32, "a hash"));

/** RFC 9162, 2.1.3.2. */
export function checkInclusion(hash, index, size, path, root) {
  demand(index >= 0 && index < size, "a place beyond the tree");
  demandHashes(path);
  let [fn, sn, r] = [index, size - 1, hash];
  for (const p of path) {
    demand(sn !== 0, "a path too long");
    if (fn % 2 === 1 || fn === sn) {
      r = node(p, r);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else r = node(r, p);
    [fn, sn] = [half(fn), half(sn)];
  }
  demand(sn === 0 && same(r, root), "not included");
}

/** RFC 9162, 2.1.4.2; of an empty or an equal tree there is nothing to prove. */
export function checkConsistency(old, size, oldRoot, root, path) {
  demand(old >= 0 && old <= size, "a log that shrank");
  demandHashes(path);
  if (old === 0 || old === size) return demand(path.length === 0 && same(oldRoot, old === 0 ? rootOf([]) : root), "not consistent");
  demand(path.length > 0, "an empty proof");
  const proof = Number.isInteger(Math.log2(old)) ? [oldRoot, ...path] : path;
  let [fn, sn] = [old - 1, size - 1];
  while (fn % 2 === 1) [fn, sn] = [half(fn), half(sn)];
  let [fr, sr] = [proof[0], proof[0]];
  for (const c of proof.slice(1)) {
    demand(sn !== 0, "a proof too long");
    if (fn % 2 === 1 || fn === sn) {
      [fr, sr] = [node(c, fr), node(c, sr)];
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else sr = node(sr, c);
    [fn, sn] = [half(fn), half(sn)];
  }
  return demand(sn === 0 && same(fr, oldRoot) && same(sr, root), "not consistent");
}

// ---- notes

const isName = (name) => name !== "" && !/[+\s\u0000-\u001f]/u.test(name);

export function parseVerifier(encoded) {
  const [, name, id, key] = /^([^+]*)\+([0-9a-f]{8})\+(.*)$/s.exec(encoded) ?? refuse("no verifier key");
  const raw = unbase64(key);
  demand(isName(name) && raw.length === 33 && (raw[0] === 1 || raw[0] === 4), "no verifier key");
  demand(hex(keyId(name, raw)) === id, "a key id of another key");
  return { name, type: raw[0], key: raw.subarray(1), id: keyId(name, raw) };
}

const keyId = (name, typed) => sha256(concat(utf8(`${name}\n`), typed)).subarray(0, 4);

export function parseSignatures(lines) {
  const complete = lines.split("\n");
  demand(complete.pop() === "" && complete.length >= 1 && complete.length <= 64, "signature lines");
  return complete.map((line) => {
    const [, name, encoded] = /^— ([^ ]+) ([^ ]+)$/.exec(line) ?? refuse("a signature line");
    const raw = unbase64(encoded);
    demand(isName(name) && raw.length >= 5, "a signature line");
    return { name, id: raw.subarray(0, 4), signature: raw.subarray(4) };
  });
}

export function parseNote(bytes) {
  demand(bytes.length <= 65536, "a note too long");
  const said = text(bytes);
  const gap = said.lastIndexOf("\n\n");
  demand(gap >= 0, "no empty line");
  const body = said.slice(0, gap + 1);
  demand(!/[\u0000-\u0009\u000b-\u001f]/.test(body), "a control character");
  return { text: body, signatures: parseSignatures(said.slice(gap + 2)) };
}

const made = (verifier, line) => line.name === verifier.name && same(line.id, verifier.id);

export function openCheckpoint(note, log) {
  const lines = note.signatures.filter((line) => log.type === 1 && made(log, line));
  demand(lines.length > 0, "the log did not sign");
  for (const line of lines) demand(verifies(log.key, utf8(note.text), line.signature), "a false signature of the log");
  const [, origin, size, root] = /^([^\n]+)\n(0|[1-9][0-9]*)\n([^\n]+)\n/.exec(note.text) ?? refuse("no checkpoint");
  demand(origin === log.name, "a checkpoint of another log");
  demand(Number.isSafeInteger(Number(size)), "a size beyond every log");
  const hash = unbase64(root);
  demandLength(hash, 32, "a root");
  return { origin, size: Number(size), root: hash };
}

/** The time, ms, at which a witness says that it saw the text. */
export function checkCosignature(said, line, witness) {
  demand(witness.type === 4 && made(witness, line), "a line of another witness");
  demandLength(line.signature, 72, "a cosignature");
  const seconds = number(line.signature.subarray(0, 8));
  demand(Number.isSafeInteger(seconds), "a time beyond every clock");
  demand(verifies(witness.key, utf8(`cosignature/v1\ntime ${seconds}\n${said}`), line.signature.subarray(8)), "a false cosignature");
  return seconds * 1000;
}

const [MAX_AHEAD_MS, MAX_AGE_MS] = [300000, 3600000];

/** k of n: how many of the known witnesses cosigned lately. */
export function checkWitnesses(note, witnesses, needed, atMs) {
  const fresh = new Set();
  for (const witness of witnesses) {
    for (const line of note.signatures.filter((one) => made(witness, one))) {
      const age = atMs - checkCosignature(note.text, line, witness);
      if (age <= MAX_AGE_MS && age >= -MAX_AHEAD_MS) fresh.add(hex(witness.key));
    }
  }
  demand(fresh.size >= Math.max(1, needed), "too few witnesses");
  return fresh.size;
}

// ---- 16.5, files

export function parseTile(path) {
  const [, level, groups, last, width] = /^tile\/(entries|0|[1-9][0-9]?)\/((?:x[0-9]{3}\/)*)([0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/.exec(path) ?? refuse("no tile");
  const index = Number(groups.replaceAll(/[x/]/g, "") + last);
  const tile = { level: level === "entries" ? -1 : Number(level), index, width: Number(width ?? 256) };
  demand(tile.level <= 63 && tile.width <= 256 && Number.isSafeInteger(index) && tilePath(tile) === path, "not the one spelling");
  return tile;
}

export function tilePath({ level, index, width }) {
  const digits = String(index).padStart(3 * Math.max(1, Math.ceil(String(index).length / 3)), "0");
  const groups = digits.match(/.../g);
  const spelled = groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join("/");
  return `tile/${level === -1 ? "entries" : level}/${spelled}${width === 256 ? "" : `.p/${width}`}`;
}

export function decodeBundle(bytes, width) {
  const [entries, at] = [[], { now: 0 }];
  while (at.now < bytes.length && entries.length < width) {
    const end = at.now + 2 + number(bytes.subarray(at.now, at.now + 2));
    demand(at.now + 2 <= bytes.length && end <= bytes.length, "a bundle that ends early");
    entries.push(bytes.slice(at.now + 2, end));
    at.now = end;
  }
  demand(at.now === bytes.length && entries.length === width, "not so many entries");
  return entries;
}

// ---- 16.6

export function parseSubmission(bytes) {
  demand(bytes.length <= 131072, "a submission too long");
  const raw = Buffer.from(bytes);
  const gap = raw.indexOf("\n\n");
  demand(gap >= 0, "no empty line");
  const [first, ...lines] = text(raw.subarray(0, gap)).split("\n");
  const [, old] = /^old (0|[1-9][0-9]{0,18})$/.exec(first) ?? refuse("no old size");
  demand(lines.length <= 63, "a proof too long");
  const proof = lines.map((line) => unbase64(line));
  demandHashes(proof);
  return { old: Number(old), proof, note: parseNote(Uint8Array.from(raw.subarray(gap + 2))) };
}

/** What a witness may cosign after `last` ({size, root}, or null). */
export function checkSubmission({ old, proof, note }, last, log) {
  const fresh = openCheckpoint(note, log);
  const known = last ?? { size: 0, root: rootOf([]) };
  demand(old === known.size && old <= fresh.size, "another size than the witness has");
  demand(fresh.size !== known.size || same(fresh.root, known.root), "a split view");
  checkConsistency(known.size, fresh.size, known.root, fresh.root, proof);
  return fresh;
}

export { base64 };
