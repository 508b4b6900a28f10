// The vectors of the messages: each file by the checks that the page gives the role that reads it.
import { checkLog, readBody } from "./citizen.mjs";
import { concat, equal, hex, unhex, utf8 } from "./bytes.mjs";
import * as forms from "./forms.mjs";
import * as group from "./group.mjs";
import * as log from "./log.mjs";
import * as mesh from "./mesh.mjs";
import * as messages from "./messages.mjs";
import { checkAgent, checkMandate, checkOffer } from "./offers.mjs";
import * as proofs from "./proofs.mjs";
import { readItems } from "./actors.mjs";

const point = (said) => group.decodePoint(unhex(said));
const keysOf = (said) => new Map(Object.entries(said).map(([id, key]) => [id, unhex(key)]));
const code = (secret, R, C) => hex(group.encode(proofs.open(group.decodeScalar(unhex(secret)), R, C)));

function registryOf(one) {
  const made = messages.checkSnapshot(forms.unpack("Envelope", unhex(one.registry)), keysOf(one.pins));
  return new messages.Registry(made.snapshot, made.digest);
}

function statement(one) {
  messages.readStatement(utf8(one.payload));
  equal(hex(messages.txidOf(utf8(one.payload))), one.txid, "txid");
}

function inquiry(one) {
  const { txid } = messages.checkInquiry(forms.unpack("Inquiry", unhex(one.message)), unhex(one.signing), point(one.z_b), point(one.z_u));
  equal(hex(txid), one.txid, "txid");
}

function receipt(one) {
  const payload = utf8(one.statement);
  const said = messages.checkReceipt(forms.unpack("SignedReceipt", unhex(one.receipt)), unhex(one.keeper));
  messages.checkParties(said, messages.readStatement(payload), messages.itemOf(messages.txidOf(payload), one.place));
}

function outcome(one) {
  const said = messages.checkOutcome(forms.read("SignedOutcome", utf8(one.signed)), keysOf(one.keys));
  messages.checkTransition(one.before, said.kind);
}

function notice(one) {
  const told = forms.unpack("Notice", unhex(one.notice));
  messages.checkNotice(told, registryOf(one));
  equal(code(one.elgamal, group.decodePoint(told.pair_r), group.decodePoint(told.pair_c)), one.code, "code");
}

async function reply(one) {
  const items = await readItems({ payload: utf8(one.statement), said: forms.unpack("InquiryReply", unhex(one.reply)), key: unhex(one.key), before: one.before, registry: registryOf(one) });
  equal(items.map((item) => item.kind).join(), one.kinds.join(), "kinds");
}

function registry(one) {
  const made = messages.checkSnapshot(forms.unpack("Envelope", unhex(one.registry)), keysOf(one.pins));
  if (one.held !== null) messages.checkSuccession(made.snapshot, made.digest, { serial: one.held.serial, digest: unhex(one.held.digest) });
  messages.checkPossessions(made.snapshot);
  equal(hex(made.digest), one.digest, "digest");
}

function suspension(one) {
  const note = messages.checkSuspension(forms.unpack("Envelope", unhex(one.note)), keysOf(one.pins), registryOf(one).snapshot);
  if (one.digest !== null) equal(hex(note.digest), one.digest, "digest");
}

function shown(one) {
  equal(messages.checkShown(forms.unpack("SnapshotReply", unhex(one.reply)), keysOf(one.pins)).sort().join(), one.suspended.join(), "suspended");
}

function logged(one) {
  const name = "suspension" in one.says ? "SuspensionDigest" : "SnapshotDigest";
  const body = forms.write(name, Object.fromEntries(Object.entries(one.says).map(([member, said]) => [member, unhex(said)])));
  const leaf = log.decodeLeaf(unhex(one.leaf));
  log.checkBody(leaf, new Uint8Array(32), body);
  equal(leaf.kind, log.KINDS.SNAPSHOT, "kind");
  equal(hex(forms.write(name, forms.read(name, utf8(one.body)))), hex(body), "body");
}

async function seed(one) {
  equal(hex(forms.pack("NoticeSeed", await messages.openSeed(unhex(one.key), unhex(one.item_id), unhex(one.sealed)))), one.seed, "seed");
}

function handed(one) {
  equal(hex(forms.write("Handed", messages.readHanded(utf8(one.line)))), hex(utf8(one.line)), "line");
}

function enrol(one) {
  const points = (said) => Object.fromEntries(Object.entries(said).map(([name, key]) => [name, point(key)]));
  const transcript = forms.unpack("Transcript", unhex(one.transcript));
  const { elements } = messages.checkTranscript(transcript, unhex(one.registrar), { exchange: points(one.exchange), keeper: points(one.keeper) });
  equal(elements.map(({ R, C }) => code(one.secret, R, C)).join(), one.opened.join(), "codes");
}

function card(one) {
  equal(messages.checkCard(forms.unpack("CardSigned", unhex(one.signed)), unhex(one.authority), one.at_ms), one.serial, "serial");
}

function offer(one) {
  equal(checkOffer(forms.unpack("SignedOffer", unhex(one.signed)), unhex(one.portal), unhex(one.authority), one.at_ms), one.serial, "serial");
}

function mandate(one) {
  const signed = forms.unpack("SignedMandate", unhex(one.signed));
  equal(checkMandate(signed, one.reader, unhex(one.portal), unhex(one.authority), one.at_ms), one.serial, "serial");
}

function agent(one) {
  equal(checkAgent(forms.unpack("SignedAgentMandate", unhex(one.signed)), unhex(one.portal), unhex(one.authority), one.at_ms), one.serial, "serial");
}

function view(one) {
  const envelope = forms.read("Envelope", utf8(one.view));
  if (one.reader === "portal") messages.checkNamed(envelope, utf8(one.request), unhex(one.registrar));
  else messages.readView(envelope, unhex(one.portal), unhex(one.registrar));
}

function record(one) {
  readBody(utf8(one.body));
  equal(hex(log.commitment(unhex(one.salt), utf8(one.body))), one.commitment, "commitment");
}

async function look(one) {
  const found = await checkLog(forms.unpack("ShownLog", unhex(one.log)), utf8(one.request), unhex(one.device_key), one.known, one.at_ms);
  equal(found.count, one.count, "records");
}

function event(one) {
  const said = forms.unpack("Event", unhex(one.event));
  equal(mesh.checkEvent(said, registryOf(one), one.now_ms), one.hearer, "who is to hear");
  if (one.hears) mesh.checkTold(said, registryOf(one));
}

function join(one) {
  equal(hex(mesh.checkJoin(forms.unpack("Envelope", unhex(one.request)), registryOf(one))), one.digest, "digest");
}

function second(one) {
  const held = one.held === null ? null : { ...one.held, key: unhex(one.held.key) };
  mesh.checkSecond(forms.unpack("SecondPage", unhex(one.page)), one.log, held, one.first, one.now_ms);
}

// Appendix A alone: a form that is read, and written as it was.
function form(one) {
  const whole = unhex(one.whole[one.form]);
  const encoded = concat(whole.subarray(0, one.at), unhex(one.put), whole.subarray(one.end));
  const [, name, of] = /^(\w+)(?:\[(\w+)\])?$/.exec(one.form);
  const again = one.wire === "json" ? forms.write(name, forms.read(name, encoded)) : forms.pack(name, forms.unpack(name, encoded, of), of);
  equal(hex(again), hex(encoded), one.form);
}

function self(one) {
  if (one.reader === "registrar") return void messages.readSelfRequest(utf8(one.request));
  if (one.reader === "portal") return messages.checkSelfNamed(forms.read("Envelope", utf8(one.statement)), utf8(one.request), unhex(one.registrar));
  if (one.reader === "operator") {
    const envelope = forms.read("Envelope", utf8(one.statement));
    return void messages.checkSelf(envelope, unhex(one.portal), unhex(one.registrar), point(one.z_b), point(one.z_u), unhex(one.pi));
  }
  const told = forms.unpack("SelfNotice", unhex(one.notice));
  messages.checkSelfNotice(told, registryOf(one));
  equal(code(one.elgamal, group.decodePoint(told.pair_r), group.decodePoint(told.pair_c)), one.code, "code");
}

const admission = (one) => void mesh.readAdmission(forms.read("Envelope", utf8(one.admission)), unhex(one.exchange));
const commit = (one) => mesh.checkCommit(forms.unpack("Commit", unhex(one.commit)), unhex(one.key), one.now_ms);
const request = (one) => void messages.readRequest(utf8(one.request));

const MESH = { event, join, admission, second, commit, form };
export const PROTOCOL = { statement, inquiry, receipt, outcome, notice, seed, reply, handed, registry, suspension, shown, logged, enrol, card, request, view, self, record, look, offer, mandate, agent, ...MESH };
