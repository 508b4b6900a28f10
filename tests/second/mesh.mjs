// What stands beside the inquiry: notices of change (13.4), joining (8.3), the commission's look at the second chain (16.3), tickets (11.2).
import { createPublicKey, verify as verifySignature } from "node:crypto";
import { demand, digest, frame, refuse, same, u64, utf8 } from "./bytes.mjs";
import * as forms from "./forms.mjs";
import { decodePoint } from "./group.mjs";
import * as log from "./log.mjs";
import * as messages from "./messages.mjs";
import * as msgpack from "./msgpack.mjs";
import { hmac, sha256 } from "./packages.mjs";
import * as proofs from "./proofs.mjs";
import { openEnvelope, payloadType } from "./seal.mjs";

const END_MS = 253402214400000;
const [WINDOW_MS, YEAR_MS] = [300000, 31622400000];
const moment = (ms) => demand(ms >= 0 && ms < END_MS, "a time outside every calendar");

// ---- 13.4

/** Who is to hear of the event. */
export function checkEvent(event, registry, now) {
  const note = forms.read("EventNote", event.note.payload);
  demand(note.v === 1, "version");
  [note.at_ms, note.ends_ms].forEach(moment);
  demand(note.epoch >= 0 && note.epoch < 2 ** 32, "an epoch");
  const until = note.kind === "subscribe" ? note.ends_ms > note.at_ms && note.ends_ms <= note.at_ms + YEAR_MS : note.ends_ms === 0;
  demand(until, "an end that is wrong");
  openEnvelope(event.note, payloadType("event"), registry.signing, [messages.keyid(note.by, note.epoch)]);
  demand(note.at_ms <= now + WINDOW_MS, "ahead of time");
  const statement = messages.readStatement(event.statement.payload);
  openEnvelope(event.statement, payloadType("statement"), registry.signing, [messages.keyid(statement.inquirer, statement.inquirer_epoch)]);
  log.checkInclusion(messages.rowLeaf(event.row), event.place, statement.count, event.path, statement.rows);
  const receipt = messages.checkReceipt(event.receipt, registry.snapshot.keeper.signing);
  const item = messages.itemOf(messages.txidOf(event.statement.payload), event.place);
  const parties = receipt.inquirer === statement.inquirer && receipt.provider === statement.provider;
  demand(parties && receipt.verdict === "permit" && same(receipt.item_id, item) && same(note.item_id, item), "another item");
  const told = note.kind === "changed";
  demand(note.by === (told ? statement.provider : statement.inquirer), "speaks for the other");
  return told ? statement.inquirer : statement.provider;
}

/** What the inquirer of an item demands besides, before it believes that something changed. */
export function checkTold(event, registry) {
  demand(event.told !== undefined, "a notice that stands in no record");
  const [receipt, earlier] = [event.told, event.receipt].map((one) => messages.checkReceipt(one, registry.snapshot.keeper.signing));
  const parties = receipt.inquirer === earlier.inquirer && receipt.provider === earlier.provider;
  demand(parties && receipt.verdict === "change" && same(receipt.item_id, earlier.item_id), "the receipt of something else");
}

// ---- 8.3

const ROLES = ["exchange", "keeper", "registrar", "oversight", "portal", "witness", "card", "operator", "gateway"];

/** The digest of a request to join, believed under the registry in force. */
export function checkJoin(envelope, registry) {
  const asked = forms.read("JoinRequest", envelope.payload);
  demand(asked.v === 1, "version");
  moment(asked.at_ms);
  demand(asked.csr.length <= 4096, "a certificate request too long");
  const ids = asked.institutions.map((one) => one.id);
  demand(ids.length >= 1 && ids.length <= 15 && new Set(ids).size === ids.length, "institutions");
  demand(asked.institutions.every((one) => one.platform === asked.platform), "another platform");
  const keys = new Map(asked.institutions.map((one) => [messages.keyid(one.id, 1), one.signing]));
  openEnvelope(envelope, payloadType("join"), keys, [...keys.keys()]);
  const hosted = registry.snapshot.institutions.filter((one) => one.platform === asked.platform && !one.suspended);
  demand(/^[a-z][a-z0-9-]{0,62}$/.test(asked.platform) && (hosted.length > 0 || !ROLES.includes(asked.platform)), "the platform's name");
  checkDoor(asked.door);
  checkRequest(asked.csr);
  for (const one of asked.institutions) {
    proofs.checkPossession(decodePoint(one.elgamal), one.elgamal_proof, proofs.possessionContext(one.id, "elgamal", 1));
  }
  if (hosted.length > 0) checkHosted(envelope, registry, hosted);
  return digest("join", envelope.payload);
}

function checkDoor(door) {
  const found = /^https:\/\/([^/@\s]+?)(?::[0-9]{1,5})?\/?$/.exec(door);
  demand(found !== null, "a door that cannot be called");
}

function checkHosted(envelope, registry, hosted) {
  const named = envelope.signatures.map(({ keyid }) => keyid);
  const vouching = hosted.map((one) => messages.keyid(one.id, Math.max(...one.epochs.filter((epoch) => epoch.active).map((epoch) => epoch.epoch))));
  const there = vouching.filter((keyid) => named.includes(keyid));
  demand(there.length > 0, "nobody of the platform's own signed");
  openEnvelope(envelope, envelope.payloadType, registry.signing, there);
}

/** One DER element at a place: [its content, its whole, what stands behind it]. */
function der(bytes, tag) {
  demand(bytes.length >= 2 && bytes[0] === tag, "no such element");
  const long = bytes[1] & 0x80 ? bytes[1] & 0x7f : 0;
  const length = long === 0 ? bytes[1] : bytes.subarray(2, 2 + long).reduce((value, byte) => value * 256 + byte, 0);
  const [from, to] = [2 + long, 2 + long + length];
  demand(to <= bytes.length, "an element that ends early");
  return [bytes.subarray(from, to), bytes.subarray(0, to), bytes.subarray(to)];
}

/** PKCS#10 (RFC 2986): the request verifies under its own key, which is one of P-256. */
function checkRequest(csr) {
  const [outer, , behind] = der(csr, 0x30);
  demand(behind.length === 0, "something behind the request");
  const [info, signed, rest] = der(outer, 0x30);
  const [, , afterAlgorithm] = der(rest, 0x30);
  const [bits] = der(afterAlgorithm, 0x03);
  const [, , afterVersion] = der(info, 0x02);
  const [, , afterName] = der(afterVersion, 0x30);
  const [, spki] = der(afterName, 0x30);
  let good = false;
  try {
    const key = createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
    good = key.asymmetricKeyDetails.namedCurve === "prime256v1" && verifySignature("sha256", signed, key, bits.subarray(1));
  } catch {
    refuse("no key");
  }
  demand(good, "a request that its own key did not sign");
}

export function readAdmission(envelope, exchange) {
  const said = forms.read("Admission", openEnvelope(envelope, payloadType("admission"), new Map([["exchange", exchange]]), ["exchange"]));
  demand(said.v === 1, "version");
  moment(said.at_ms);
  return said;
}

// ---- 16.3

const MAY_STAND = [log.KINDS.INTENT, log.KINDS.REFUSAL, log.KINDS.OUTCOME, log.KINDS.CHANGE];
const GRACE_MS = 600000;

/** held: what was shown before, or null; one page is the whole chain from `first` on. */
export function checkSecond(page, verifier, held, first, now) {
  const checkpoint = log.openCheckpoint(log.parseNote(utf8(page.checkpoint)), log.parseVerifier(verifier));
  if (held !== null) demand(checkpoint.size >= held.size && page.count >= held.count && same(page.key, held.key), "shorter than before");
  demand(page.first === first && page.first + page.leaves.length === page.count, "not the whole chain");
  const map = log.decodeLeaf(page.map_leaf);
  demand(map.kind === log.KINDS.LABEL_MAP && page.map_index === checkpoint.size - 1, "the map is not the last leaf");
  log.checkInclusion(log.leafHash(page.map_leaf), page.map_index, checkpoint.size, page.map_inclusion, checkpoint.root);
  log.checkBody(map, new Uint8Array(32), page.map_root);
  log.checkMap(page.map_root, log.label(page.key, page.count), page.absent, false);
  page.leaves.forEach((one, i) => checkSecondLeaf(page, one, log.label(page.key, first + i), checkpoint));
  for (const one of page.leaves) {
    const ends = Math.max(...page.leaves.filter(({ item_id }) => same(item_id, one.item_id)).map(({ until_ms }) => until_ms));
    demand(one.late_index >= 0 || ends + GRACE_MS >= now, "not entered late");
  }
}

function checkSecondLeaf(page, one, label, checkpoint) {
  const leaf = log.decodeLeaf(one.leaf);
  log.checkMap(page.map_root, label, one.present, true);
  log.checkInclusion(log.leafHash(one.leaf), one.index, checkpoint.size, one.inclusion, checkpoint.root);
  demand(same(leaf.label, label) && MAY_STAND.includes(leaf.kind), "a leaf that does not belong there");
  if (one.late_index >= 0) {
    log.checkInclusion(log.leafHash(one.late_leaf), one.late_index, checkpoint.size, one.late_inclusion, checkpoint.root);
    demand(log.decodeLeaf(one.late_leaf).kind === log.KINDS.LATE_ENTRY && one.late_index > one.index, "no late entry");
  }
  demand(/^415AC0000000057#78-1-[1-7]$/.test(one.ground), "a ground that law does not know");
  demand(one.until_ms <= leaf.at_ms + YEAR_MS + WINDOW_MS, "an end too far off");
}

// ---- 11.2, 11.4

const [LIFE_MS, SKEW_MS] = [30000, 5000];

/** Shape, counts and ticket of a Commit, as the keeper that issued the ticket checks them. */
export function checkCommit(commit, key, now) {
  const statement = messages.readStatement(commit.inquiry.statement.payload);
  messages.checkRows(statement, commit.inquiry.rows);
  demand([commit.given, commit.rows, commit.verdicts].every((each) => each.length === statement.count), "counts differ");
  const { until_ms, mac } = forms.unpack("Ticket", commit.ticket);
  const verdicts = frame(...commit.verdicts.map((one) => digest("ticket-verdict", forms.write("Verdict", one))));
  const rows = digest("blind-rows", msgpack.pack(commit.given.map(({ r, b, u }) => [r, b, u])));
  const txid = messages.txidOf(commit.inquiry.statement.payload);
  demand(same(hmac(sha256, key, frame(utf8("enishi/v1/ticket"), txid, u64(until_ms), verdicts, rows)), mac), "a false ticket");
  demand(until_ms - LIFE_MS - SKEW_MS <= now && now <= until_ms, "a ticket that is over");
}
