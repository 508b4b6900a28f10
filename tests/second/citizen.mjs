// Section 15, the reader's four checks, as a citizen's device makes them.
import { among, demand, hex, same, utf8 } from "./bytes.mjs";
import * as forms from "./forms.mjs";
import * as log from "./log.mjs";
import { labelsInfo, requestDigest } from "./messages.mjs";
import { sealingPublic, unpad, unseal } from "./seal.mjs";

const NOTHING = new Uint8Array();
const EMPTY = forms.filled("RecordBody", { kind: "intent", item_id: NOTHING, txid: NOTHING, at_ms: 0 });
const written = (body) => forms.write("RecordBody", body);

// What law withholds for now says nothing but that: empty ids, the leaf's own time, the mark.
const bare = (atMs) => written({ ...EMPTY, at_ms: atMs, marks: ["withheld"] });

// Appendix A, RecordBody.
export function readBody(bytes) {
  const body = forms.read("RecordBody", bytes);
  demand(body.v === 1 && body.at_ms >= 0 && body.at_ms < END_MS && body.deadline_ms >= 0 && body.deadline_ms < END_MS, "version or time of a body");
  const nameless = body.kind === "withheld" || same(written(body), bare(body.at_ms));
  for (const id of [body.item_id, body.txid]) demand(id.length === (nameless ? 0 : 32), "ids of a body");
  demand(["late_entry", "withheld"].includes(body.kind) ? body.original_index >= 0 : body.original_index === -1, "where a body points");
  demand(["look", "self"].includes(body.kind) || body.request === undefined, "the request of a look");
  demand(body.mandate === undefined || (["look", "self"].includes(body.kind) && body.mandate.length === 16), "the mandate of a look");
  if (body.kind === "withheld") readNote(body);
  return body;
}

const END_MS = 253402214400000;
const NOTE = /^withheld-ground:([!-~]{1,80})\nwithheld-until:([1-9][0-9]{0,14})$/;

// 16.3: a ground, an end, the leaf that is kept back, and nothing else.
function readNote(body) {
  const found = NOTE.exec(body.marks.join("\n"));
  demand(found !== null && Number(found[2]) < END_MS, "a note of what is withheld");
  const { at_ms, marks, original_index } = body;
  demand(same(written(body), written({ ...EMPTY, kind: "withheld", at_ms, marks, original_index })), "a note says nothing else");
  return { ground: found[1], until: Number(found[2]) };
}

const isBare = ({ leaf, salt, body }) => salt.length === 0 && same(written(body), bare(leaf.at_ms));
const LONGEST = (366 * 24 * 60 + 5) * 60 * 1000;

// 16.3: whatever is withheld has a note of the own chain that covers the time of the look.
function checkWithheld(own, lookMs) {
  const noted = own.filter(({ index, leaf, body }) => {
    if (leaf.kind !== log.KINDS.WITHHELD || body.kind !== "withheld" || body.at_ms !== leaf.at_ms || body.original_index >= index) return false;
    const { ground, until } = readNote(body);
    return /^415AC0000000057#78-1-[1-7]$/.test(ground) && until > lookMs && until <= leaf.at_ms + LONGEST;
  }).map(({ body }) => body.original_index);
  const kinds = [log.KINDS.INTENT, log.KINDS.OUTCOME];
  for (const one of own.filter(isBare)) demand(noted.includes(one.index) && kinds.includes(one.leaf.kind), "withheld without a note");
}

function checkRecord(record, checkpoint) {
  log.checkInclusion(log.leafHash(record.leaf), record.index, checkpoint.size, record.inclusion, checkpoint.root);
  const leaf = log.decodeLeaf(record.leaf);
  const made = { index: record.index, leaf, salt: record.salt, body: readBody(record.body) };
  if (!isBare(made)) log.checkBody(leaf, record.salt, record.body);
  return made;
}

/** shown: a ShownLog; known: {log, witnesses, needed} as the device has them from elsewhere. */
export async function checkLog(shown, request, deviceKey, known, atMs) {
  const note = log.parseNote(utf8(shown.checkpoint));
  const checkpoint = log.openCheckpoint(note, log.parseVerifier(known.log)); // (1)
  const records = shown.records.map((record) => checkRecord(record, checkpoint)); // (2)
  const leaf = log.decodeLeaf(shown.map_leaf);
  demand(leaf.kind === log.KINDS.LABEL_MAP && shown.map_index === checkpoint.size - 1, "the map is not the last leaf");
  log.checkInclusion(log.leafHash(shown.map_leaf), shown.map_index, checkpoint.size, shown.map_inclusion, checkpoint.root);
  log.checkBody(leaf, new Uint8Array(32), shown.map_root);
  const own = checkLabels(await openLabels(shown, request, deviceKey), records, shown.map_root); // (3)
  const seen = log.checkWitnesses(note, known.witnesses.map(log.parseVerifier), known.needed, atMs); // (4)
  checkWithheld(own, await checkOwnLook(records, request, deviceKey));
  return { count: own.length, seen, size: checkpoint.size, kinds: records.map(({ body }) => body.kind) };
}

// This very look is among the records, which an earlier state cannot hold; the request names this device's key.
async function checkOwnLook(records, request, deviceKey) {
  demand(same(forms.read("ViewRequest", request).device_key, await sealingPublic(deviceKey)), "another device's request");
  const asked = requestDigest(request);
  const look = records.find(({ leaf, body }) => leaf.kind === log.KINDS.LOOK && body.request !== undefined && same(body.request, asked));
  demand(look !== undefined, "an earlier state");
  return look.leaf.at_ms;
}

async function openLabels(shown, request, deviceKey) {
  return forms.read("Labels", unpad(await unseal(deviceKey, labelsInfo(request), shown.sealed_labels)));
}

function checkLabels(labels, records, root) {
  demand(labels.count === labels.present.length, "as many proofs as labels");
  const wanted = labels.present.map((_, n) => log.label(labels.kt, n));
  wanted.forEach((one, n) => log.checkMap(root, one, labels.present[n], true));
  log.checkMap(root, log.label(labels.kt, labels.count), labels.absent, false);
  const own = records.filter(({ leaf }) => among(leaf.label, wanted));
  demand(own.length === wanted.length && new Set(own.map(({ leaf }) => hex(leaf.label))).size === wanted.length, "not every record once");
  demand(new Set(records.map(({ index }) => index)).size === records.length, "a record twice");
  const late = own.filter(({ leaf }) => leaf.kind === log.KINDS.LATE_ENTRY).map(({ body }) => body.item_id);
  demand(records.every((one) => own.includes(one) || among(one.body.item_id, late)), "a record besides");
  return own;
}
