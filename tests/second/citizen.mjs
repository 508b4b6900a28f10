// Section 15, the reader's four checks, as a citizen's device makes them.
import { among, demand, hex, same, utf8 } from "./bytes.mjs";
import * as forms from "./forms.mjs";
import * as log from "./log.mjs";
import { labelsInfo, requestDigest } from "./messages.mjs";
import { sealingPublic, unpad, unseal } from "./seal.mjs";

// What law withholds for now says nothing but that: empty ids, the leaf's own time, the mark.
function withheld(body, leaf) {
  return same(forms.write("RecordBody", body), forms.write("RecordBody", { ...EMPTY, kind: "intent", at_ms: leaf.at_ms, marks: ["withheld"] }));
}

const NOTHING = new Uint8Array();
const EMPTY = forms.filled("RecordBody", { kind: "intent", item_id: NOTHING, txid: NOTHING, at_ms: 0 });

function checkRecord(record, checkpoint) {
  log.checkInclusion(log.leafHash(record.leaf), record.index, checkpoint.size, record.inclusion, checkpoint.root);
  const leaf = log.decodeLeaf(record.leaf);
  const body = forms.read("RecordBody", record.body);
  if (record.salt.length > 0 || !withheld(body, leaf)) log.checkBody(leaf, record.salt, record.body);
  return { index: record.index, leaf, body };
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
  const count = checkLabels(await openLabels(shown, request, deviceKey), records, shown.map_root); // (3)
  const seen = log.checkWitnesses(note, known.witnesses.map(log.parseVerifier), known.needed, atMs); // (4)
  await checkOwnLook(records, request, deviceKey);
  return { count, seen, size: checkpoint.size, kinds: records.map(({ body }) => body.kind) };
}

// This very look is among the records, which an earlier state cannot hold; the request names this device's key.
async function checkOwnLook(records, request, deviceKey) {
  demand(same(forms.read("ViewRequest", request).device_key, await sealingPublic(deviceKey)), "another device's request");
  const asked = requestDigest(request);
  demand(records.some(({ leaf, body }) => leaf.kind === log.KINDS.LOOK && body.request !== undefined && same(body.request, asked)), "an earlier state");
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
  return labels.count;
}
