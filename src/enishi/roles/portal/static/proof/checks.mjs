// The four checks of "see the proof".  Each returns {state, numbers}: state is "good", "bad", "waiting" (nothing is wrong, but the
// answer is still to come) or "absent" (this browser was not given what it needs); numbers are what was compared.  A "bad" that has
// words of its own names them in `says`.
//
// (1) included: the shown text is what the log committed to, and its leaf is in the tree of the checkpoint.
// (2) complete: the person's labels 0 … n-1 are in the public map and are exactly the shown records; label n is not in the map; and the
//               look that this log-in made is one of them, so that no earlier state is shown for today's; and whatever is shown
//               without its content has a note of the person's own chain that says by which ground of the law, and until when.
// (3) signed:   the checkpoint carries the log's signature.
// (4) witnessed: enough independent witnesses saw this same checkpoint, and not too long ago.

import { concat, digest, equal, frame, fromBase64, hex, readBigEndian, textOf, toBase64 } from "./bytes.mjs";
import { labelsInfo } from "./device.mjs";
import { openSealed } from "./hpke.mjs";
import { labelOf, mapHolds } from "./labels.mjs";
import { cosignedAt, isSigned, parseCheckpoint, parseKey, parseNote } from "./note.mjs";
import { INTENT, isIncluded, LABEL_MAP, LATE_ENTRY, leafHash, LOOK, OUTCOME, readLeaf, timeOf, WITHHELD } from "./tree.mjs";
import { isBare, lawfulNote } from "./withheld.mjs";

const FEW = 3;
// How far a witness's clock may run ahead of this browser's.
const AHEAD_MS = 5 * 60 * 1000;
const PUBLIC_SALT = new Uint8Array(32);

export function readProof(document) {
  const note = parseNote(document.checkpoint);
  return {
    note,
    checkpoint: parseCheckpoint(note.text),
    records: document.records.map(readRecord),
    map: { index: document.map.index, leaf: fromBase64(document.map.leaf), root: fromBase64(document.map.root), path: document.map.inclusion.map(fromBase64) },
    request: fromBase64(document.request),
    sealedLabels: fromBase64(document.sealed_labels),
    logKey: document.log_key,
    witnessKeys: document.witness_keys,
    threshold: document.threshold,
    maxAge: document.max_age_ms,
  };
}

function readRecord(record) {
  return { index: record.index, leaf: fromBase64(record.leaf), salt: fromBase64(record.salt), body: fromBase64(record.body), path: record.inclusion.map(fromBase64) };
}

const answer = (good, numbers) => ({ state: good ? "good" : "bad", numbers });

// What is thrown means that a proof has not even its form: that is a "bad" like any other.
async function guarded(check) {
  try {
    return await check();
  } catch (error) {
    return { state: "bad", numbers: { fault: error.message } };
  }
}

export const checkIncluded = (proof, records) => guarded(async () => {
  const results = await Promise.all(records.map((record) => isRecordIncluded(proof.checkpoint, record)));
  const numbers = { size: proof.checkpoint.size, root: hex(proof.checkpoint.root), records: records.length };
  return answer(results.every(Boolean), records.length <= FEW ? { ...numbers, ...(await particulars(records)) } : numbers);
});

// For few records also what was hashed, so that a reader can compare the log's own words with the page.
async function particulars(records) {
  const hashes = await Promise.all(records.map(({ leaf }) => leafHash(leaf)));
  const leaves = records.map(({ index }, i) => `${index}  ${hex(hashes[i])}`);
  return { leaves: leaves.join("\n"), texts: records.map(({ body }) => textOf(body)).join("\n") };
}

const bodyOf = (record) => JSON.parse(textOf(record.body));

async function isRecordIncluded(checkpoint, record) {
  const committed = await digest("body", record.salt, record.body);
  // What law withholds for now is shown as a leaf without its content, and says so itself; its place in the log is proved all the same.
  const told = isBare(record) || equal(committed, readLeaf(record.leaf).commitment);
  return told && (await isIncluded(record.leaf, record.index, checkpoint, record.path));
}

export const checkComplete = (proof, device) => guarded(async () => {
  if (device === null || proof.sealedLabels.length === 0) return { state: "absent", numbers: {} };
  const labels = await openLabels(proof, device);
  const numbers = { count: labels.count, records: proof.records.length, map: hex(proof.map.root), last: hex(labels.all[labels.count]) };
  const good = (await isMapCurrent(proof)) && (await areLabelsInMap(proof, labels)) && areRecordsTheLabels(proof, labels);
  if (!good) return answer(false, numbers);
  const look = await ownLook(proof, labels, device);
  if (look === null) return { state: "bad", says: "earlier", numbers };
  return (await isWithheldNoted(proof, labels, timeOf(look.leaf))) ? answer(true, numbers) : { state: "bad", says: "withheld", numbers };
});

// Every look is recorded before it is answered.  A state from before the card signed this request cannot hold the request's digest; and
// the request must name this device's key, which was made for this log-in, or else an earlier one could come with the state of its time.
async function ownLook(proof, labels, device) {
  const key = fromBase64(JSON.parse(textOf(proof.request)).device_key);
  if (!equal(key.subarray(1), device.publicBytes)) return null;
  const asked = toBase64(await digest("view-request", proof.request));
  const looks = ownRecords(proof, labels).filter((record) => bodyOf(record).request === asked && readLeaf(record.leaf).kind === LOOK);
  return looks.length === 1 && (await isRecordIncluded(proof.checkpoint, looks[0])) ? looks[0] : null;
}

// Without a note the operators could hide any record by the word "withheld".  A note is never withheld itself, and neither is a look.
async function isWithheldNoted(proof, labels, lookMs) {
  const own = ownRecords(proof, labels);
  const notes = own.filter((record) => readLeaf(record.leaf).kind === WITHHELD && !isBare(record) && lawfulNote(record, lookMs));
  const told = await Promise.all(notes.map((note) => isRecordIncluded(proof.checkpoint, note)));
  const noted = new Set(notes.map((note) => bodyOf(note).original_index));
  const bare = own.filter(isBare);
  return told.every(Boolean) && bare.every(({ index, leaf }) => noted.has(index) && [INTENT, OUTCOME].includes(readLeaf(leaf).kind));
}

function ownRecords({ records }, { count, all }) {
  const expected = new Set(all.slice(0, count).map(hex));
  return records.filter(({ leaf }) => expected.has(hex(readLeaf(leaf).label)));
}

// The person's next labels in one row of bytes. Only where the whole chain was proved: behind a count that is not true, mails would look for nothing.
export async function nextLabels(proof, device, count) {
  const { state } = await checkComplete(proof, device);
  if (state !== "good") throw new Error(`the chain is ${state}`);
  const labels = await openLabels(proof, device);
  return concat(...(await Promise.all(Array.from({ length: count }, (_, n) => labelOf(labels.key, labels.count + n)))));
}

async function openLabels(proof, device) {
  const info = frame(labelsInfo, await digest("view-request", proof.request));
  const opened = JSON.parse(textOf(unpad(await openSealed(device, info, proof.sealedLabels))));
  const key = fromBase64(opened.kt);
  if (key.length !== 32 || !Number.isSafeInteger(opened.count) || opened.count !== opened.present.length) throw new Error("labels");
  const all = await Promise.all(Array.from({ length: opened.count + 1 }, (_, n) => labelOf(key, n)));
  return { key, count: opened.count, all, proofs: [...opened.present, opened.absent].map(readMapProof) };
}

// Length in four bytes, the text, zeros (docs/protocol.md, "Padding").
function unpad(padded) {
  const length = readBigEndian(padded.subarray(0, 4));
  if (4 + length > padded.length || padded.subarray(4 + length).some((byte) => byte !== 0)) throw new Error("padding");
  return padded.subarray(4, 4 + length);
}

function readMapProof({ found, steps }) {
  return { found: fromBase64(found), steps: steps.map(({ bit, sibling }) => ({ bit, sibling: fromBase64(sibling) })) };
}

// An older map would hide what came after it, so the map's own leaf must be the last one under the checkpoint.
async function isMapCurrent({ map, checkpoint }) {
  const leaf = readLeaf(map.leaf);
  const committed = await digest("body", PUBLIC_SALT, map.root);
  return leaf.kind === LABEL_MAP && map.index === checkpoint.size - 1 && equal(committed, leaf.commitment) && (await isIncluded(map.leaf, map.index, checkpoint, map.path));
}

async function areLabelsInMap({ map }, { count, all, proofs }) {
  const held = await Promise.all(all.map((label, n) => mapHolds(map.root, label, proofs[n])));
  return held.every((isHeld, n) => isHeld === (n < count));
}

// Every label of the person's is shown once.  What is shown besides (it stood in the chain of withheld records) must belong to an
// item that a late entry of the person's own chain brings in.
function areRecordsTheLabels({ records }, { count, all }) {
  const own = ownRecords({ records }, { count, all });
  const shown = new Set(own.map(({ leaf }) => hex(readLeaf(leaf).label)));
  const late = new Set(own.filter(({ leaf }) => readLeaf(leaf).kind === LATE_ENTRY).map((record) => bodyOf(record).item_id));
  return own.length === count && shown.size === count && records.every((record) => own.includes(record) || late.has(bodyOf(record).item_id));
}

export const checkSigned = (proof) => guarded(async () => {
  const key = await parseKey(proof.logKey);
  const good = key.name === proof.checkpoint.origin && (await isSigned(proof.note, key));
  return answer(good, { origin: proof.checkpoint.origin, size: proof.checkpoint.size, root: hex(proof.checkpoint.root), key: proof.logKey });
});

export const checkWitnessed = (proof, now) => guarded(async () => {
  const seen = [];
  for (const encoded of proof.witnessKeys) {
    const key = await parseKey(encoded);
    const at = await cosignedAt(proof.note, key);
    if (at !== null) seen.push({ name: key.name, at, fresh: now - at <= proof.maxAge && at - now <= AHEAD_MS });
  }
  const told = seen.map(({ name, at, fresh }) => `${fresh ? "✔" : "⌛"} ${name}  ${new Date(at).toISOString()}`).join("\n");
  const numbers = { witnesses: told || "0", threshold: proof.threshold };
  // A witness that has not answered yet, or not lately, is no sign of anything wrong; a false signature in its name is, and throws above.
  const enough = seen.filter(({ fresh }) => fresh).length >= Math.max(1, proof.threshold);
  return { state: enough ? "good" : "waiting", numbers };
});

export async function checkAll(proof, records, device, report, now = Date.now()) {
  const checks = [
    ["included", () => checkIncluded(proof, records)],
    ["complete", () => checkComplete(proof, device)],
    ["signed", () => checkSigned(proof)],
    ["witnessed", () => checkWitnessed(proof, now)],
  ];
  const results = {};
  for (const [name, check] of checks) {
    results[name] = await check();
    report(name, results[name]);
  }
  return results;
}
