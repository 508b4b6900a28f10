// What the signed forms say and what must hold about them: sections 8, 9, 10, 11.5, 12, 13, 15, each check in the order of the page.
import { X509Certificate, verify as verifySignature } from "node:crypto";
import { Refusal, concat, demand, demandLength, digest, frame, hex, refuse, same, text, u64, utf8 } from "./bytes.mjs";
import * as forms from "./forms.mjs";
import { G, add, decodePoint, encode } from "./group.mjs";
import * as log from "./log.mjs";
import * as proofs from "./proofs.mjs";
import { checkSealingKey, envelope, openEnvelope, payloadType, publicKey, unpad, unseal } from "./seal.mjs";

const END_MS = 253402214400000;
export const txidOf = (payload) => digest("txid", payload);
export const itemOf = (txid, i) => digest("item", txid, u64(i));
export const keyid = (institution, epoch) => `${institution}/${epoch}`;
export const commit = (use, salt, said) => digest(`commit-${use}`, salt, utf8(said));

const moment = (ms) => demand(ms >= 0 && ms < END_MS, "a time outside every calendar");
const epochs = (...all) => all.forEach((epoch) => demand(epoch >= 0 && epoch < 2 ** 32, "an epoch"));
const length = (said, least, most, what) => demand([...said].length >= least && [...said].length <= most, what);

// ---- 10

export function checkNondisclosure(mark) {
  if (mark === null) return;
  length(mark.ground, 1, 200, "ground");
  demand(mark.until_ms > 0 && mark.until_ms < END_MS, "until");
}

export function readStatement(payload) {
  const said = forms.read("Statement", payload);
  demand(said.v === 1 && said.kind === "inquiry", "version or kind");
  demand(said.inquirer !== said.provider, "one party");
  moment(said.at_ms);
  epochs(said.inquirer_epoch, said.provider_epoch, said.audit_epoch);
  demand(said.count >= 1 && said.count <= 10000, "number of rows");
  checkSealingKey(said.reply_key);
  length(said.affair.source, 1, 200, "source");
  length(said.affair.row, 1, 20, "row");
  demand(/^(?:(?:\d{1,3}項)?\d{1,3}(?:-\d{1,3})*)?$/.test(said.purpose_item) && said.purpose_item.length <= 20, "purpose item");
  demand(said.items.length >= 1 && said.items.length <= 50, "items");
  said.items.forEach((item) => length(item, 1, 200, "item"));
  checkNondisclosure(said.nondisclosure);
  return said;
}

export const rowLeaf = ({ ciphertexts, case: commitment, relation, period }) => log.leafHash(frame(ciphertexts, commitment, utf8(relation), utf8(period)));
export const shown = (row) => ({ ...row, ciphertexts: digest("row-ciphertexts", row.r, row.b, row.u) });

export function checkRows(statement, rows) {
  demand(statement.count >= 1 && statement.count <= 10000 && rows.length === statement.count, "number of rows");
  rows.forEach((row) => (length(row.relation, 0, 64, "relation"), length(row.period, 0, 32, "period")));
  demand(same(log.rootOf(rows.map((row) => rowLeaf(shown(row)))), statement.rows), "not the rows that were signed");
}

/** An Inquiry whole, under the inquirer's key and the two target keys. */
export function checkInquiry(inquiry, signing, ZB, ZU) {
  const statement = readStatement(inquiry.statement.payload);
  checkRows(statement, inquiry.rows);
  const id = keyid(statement.inquirer, statement.inquirer_epoch);
  openEnvelope(inquiry.statement, payloadType("statement"), new Map([[id, signing]]), [id]);
  const rows = inquiry.rows.map(({ r, b, u }) => ({ R: decodePoint(r), B: decodePoint(b), U: decodePoint(u) }));
  proofs.checkPi(txidOf(inquiry.statement.payload), ZB, ZU, rows, inquiry.pi);
  return { txid: txidOf(inquiry.statement.payload), statement };
}

// ---- 11.5

export function checkReceipt(signed, keeper) {
  const head = forms.read("ReceiptRoot", openEnvelope(signed.head, payloadType("receipts"), new Map([["keeper", keeper]]), ["keeper"]));
  log.checkInclusion(log.leafHash(signed.receipt), signed.place, head.count, signed.path, head.root);
  const receipt = forms.read("Receipt", signed.receipt);
  demand(head.v === 1 && receipt.v === 1, "version");
  [head.at_ms, receipt.at_ms].forEach(moment);
  epochs(receipt.inquirer_epoch, receipt.provider_epoch, receipt.audit_epoch);
  demand(["permit", "refusal", "unplaced", "self", "change"].includes(receipt.verdict), "a verdict that is none");
  demandLength(receipt.pair_hash, ["permit", "self"].includes(receipt.verdict) ? 32 : 0, "pair hash");
  return receipt;
}

export function checkParties(receipt, statement, item) {
  const named = ["inquirer", "provider", "inquirer_epoch", "provider_epoch", "audit_epoch"];
  demand(same(receipt.item_id, item) && named.every((name) => receipt[name] === statement[name]), "a receipt for another item");
}

// ---- 13

const INTERIM = ["held", "closed"];

export function checkTransition(before, after) {
  const may = before === null || (before === "closed" && after !== "closed") || (before === "held" && !INTERIM.includes(after));
  demand(may, `${before} cannot become ${after}`);
}

/** What a provider said, not believed yet: beside its head, or, as 0.1.0 wrote it, in it. */
export function saidIn({ outcome, payload, place, path }) {
  demand(outcome.length > 0 || (place === 0 && path.length === 0), "a place of nothing");
  return forms.read("GivenOutcome", outcome.length > 0 ? outcome : payload);
}

/** 13.3: what is given together, under one signature; `sign` is the provider's. */
export function signOutcomes(outcomes, atMs, sign) {
  const [{ provider, provider_epoch: epoch }] = outcomes;
  const payloads = outcomes.map((one) => forms.write("GivenOutcome", one));
  const hashes = payloads.map(log.leafHash);
  const root = { v: 1, root: log.rootOf(hashes), count: hashes.length, at_ms: atMs, provider, provider_epoch: epoch };
  const head = envelope("outcomes", forms.write("OutcomeRoot", root), keyid(provider, epoch), sign);
  return payloads.map((outcome, place) => ({ ...head, outcome, place, path: log.pathOf(hashes, place) }));
}

function checkRoot(signed, said, keys) {
  const root = forms.read("OutcomeRoot", openEnvelope(signed, payloadType("outcomes"), keys, [keyid(said.provider, said.provider_epoch)]));
  demand(root.v === 1, "version");
  moment(root.at_ms);
  epochs(root.provider_epoch);
  demand(root.provider === said.provider && root.provider_epoch === said.provider_epoch, "another institution's root");
  log.checkInclusion(log.leafHash(signed.outcome), signed.place, root.count, signed.path, root.root);
}

export function checkOutcome(signed, keys) {
  const said = saidIn(signed);
  demand(said.v === 1, "version");
  [said.at_ms, said.deadline_ms].forEach(moment);
  epochs(said.provider_epoch);
  demand(INTERIM.includes(said.kind) || said.deadline_ms === 0, "a deadline of what has ended");
  checkNondisclosure(said.nondisclosure);
  if (signed.outcome.length > 0) checkRoot(signed, said, keys);
  else openEnvelope(signed, payloadType("outcome"), keys, [keyid(said.provider, said.provider_epoch)]);
  return said;
}

// ---- 8

export function checkSnapshot(envelope, pins) {
  const said = forms.read("Snapshot", openEnvelope(envelope, payloadType("registry"), pins, ["exchange", "oversight"]));
  demand(said.v === 1, "version");
  moment(said.at_ms);
  epochs(said.serial);
  demand(new Set(said.institutions.map((one) => one.id)).size === said.institutions.length, "an institution twice");
  demand(said.audit.length > 0, "no audit epoch");
  demand(said.institutions.every((one) => one.suspended || one.epochs.some((epoch) => epoch.active)), "no active key epoch");
  const sealing = [said.disclosure, ...said.institutions.flatMap((one) => one.epochs.map((epoch) => epoch.hpke))];
  demand(sealing.every((key) => key[0] === 1), "an HPKE key that is not of suite 1");
  return { snapshot: said, digest: digest("registry", envelope.payload) };
}

/** 8.2: a note under the key of the signer that it names, and whether it holds on top of a snapshot. */
export function checkSuspension(envelope, pins, snapshot) {
  const { signer } = forms.read("Suspension", envelope.payload);
  const said = forms.read("Suspension", openEnvelope(envelope, payloadType("suspension"), pins, [signer]));
  demand(said.v === 1, "version");
  moment(said.at_ms);
  epochs(said.serial);
  length(said.because, 1, 400, "because");
  demand(said.mesh === snapshot.log_origin, "another mesh's note");
  demand(said.serial >= snapshot.serial, "a note that is over");
  demand(said.serial <= snapshot.serial + 1, "a note that is ahead");
  demand(snapshot.institutions.some((one) => one.id === said.institution), "an institution nobody knows");
  return { said, digest: digest("suspension", envelope.payload) };
}

/** What the exchange shows: the snapshot, and who is suspended by it or by a note on top of it. */
export function checkShown(reply, pins) {
  const { snapshot } = checkSnapshot(reply.snapshot, pins);
  const named = reply.suspensions.map((note) => checkSuspension(note, pins, snapshot).said.institution);
  return snapshot.institutions.filter((one) => one.suspended || named.includes(one.id)).map((one) => one.id);
}

// ---- reconciliation

export function readHanded(line) {
  const said = forms.read("Handed", line);
  demand(said.v === 1, "version");
  moment(said.at_ms);
  length(said.by, 1, 40, "by");
  demand(said.outcomes.length <= 8, "outcomes");
  return said;
}

/** held: {serial, digest}. */
export function checkSuccession(snapshot, own, held) {
  demand(snapshot.serial >= held.serial, "a registry rolled back");
  if (snapshot.serial === held.serial) demand(same(own, held.digest), "another registry of this serial");
  if (snapshot.serial === held.serial + 1) demand(same(snapshot.previous, held.digest), "a broken chain");
}

export function checkPossessions(snapshot) {
  const each = (owner, key, epoch, point, proof) => proofs.checkPossession(decodePoint(point), proof, proofs.possessionContext(owner, key, epoch));
  for (const name of ["exchange", "keeper"]) {
    each(name, "s_root", 0, snapshot[name].s_root, snapshot[name].s_root_proof);
    each(name, "layer", 0, snapshot[name].layer, snapshot[name].layer_proof);
  }
  for (const epoch of snapshot.audit) each("@audit", "elgamal", epoch.epoch, epoch.elgamal, epoch.elgamal_proof);
  for (const one of snapshot.institutions) {
    for (const epoch of one.epochs) {
      demand(!snapshot.audit.some((audit) => same(audit.elgamal, epoch.elgamal)), "an institution uses the audit key");
      each(one.id, "elgamal", epoch.epoch, epoch.elgamal, epoch.elgamal_proof);
    }
  }
}

/** What a role looks up in a snapshot. */
export class Registry {
  constructor(snapshot, own) {
    [this.snapshot, this.digest] = [snapshot, own];
  }

  get audit() {
    return this.snapshot.audit.at(-1);
  }

  institution(id) {
    return this.snapshot.institutions.find((one) => one.id === id) ?? refuse("an institution nobody knows");
  }

  epoch(id, number) {
    return this.institution(id).epochs.find((one) => one.epoch === number && one.active) ?? refuse("no active key epoch");
  }

  standing(id, number) {
    demand(!this.institution(id).suspended, "suspended");
    return this.epoch(id, number);
  }

  get signing() {
    const all = this.snapshot.institutions.flatMap((one) => one.epochs.filter((epoch) => epoch.active).map((epoch) => [keyid(one.id, epoch.epoch), epoch.signing]));
    return new Map(all);
  }

  /** Z = Y + K. */
  layered(elgamal) {
    return add(decodePoint(elgamal), add(decodePoint(this.snapshot.exchange.layer), decodePoint(this.snapshot.keeper.layer)));
  }
}

// ---- 9

export function readBatch(envelope, registrar) {
  const said = forms.read("EnrolBatch", openEnvelope(envelope, payloadType("enrol"), new Map([["registrar", registrar]]), ["registrar"]));
  demand(said.v === 1 && ["enrol", "enrol_audit"].includes(said.kind), "version or kind");
  moment(said.at_ms);
  epochs(said.epoch);
  const count = said.r.length;
  demand(count >= 1 && count <= 1000 && said.c.length === count && said.refs.length === (said.kind === "enrol" ? count : 0), "number of elements");
  demand(new Set(said.refs.map(hex)).size === said.refs.length, "a ref twice");
  return said;
}

export const elementsOf = (batch) => batch.r.map((r, i) => ({ R: decodePoint(r), C: decodePoint(batch.c[i]) }));

/** operators: {exchange, keeper}, each {root, share, layer} as points; returns the batch and the elements behind both steps. */
export function checkTranscript(transcript, registrar, operators) {
  const batch = readBatch(transcript.batch, registrar);
  let elements = elementsOf(batch);
  for (const name of ["exchange", "keeper"]) {
    const step = forms.unpack("Step", transcript[name]);
    elements = proofs.checkStep(elements, step, operators[name], proofs.stepContext(transcript.batch.payload, name));
  }
  return { batch, elements };
}

// ---- 12

export function checkNotice(notice, registry) {
  const statement = readStatement(notice.statement.payload);
  const item = itemOf(txidOf(notice.statement.payload), notice.place);
  registry.standing(statement.inquirer, statement.inquirer_epoch);
  registry.standing(statement.provider, statement.provider_epoch);
  openEnvelope(notice.statement, payloadType("statement"), registry.signing, [keyid(statement.inquirer, statement.inquirer_epoch)]);
  log.checkInclusion(rowLeaf(notice.row), notice.place, statement.count, notice.path, statement.rows);
  const receipt = checkReceipt(notice.receipt, registry.snapshot.keeper.signing);
  checkParties(receipt, statement, item);
  demand(receipt.verdict === "permit" && same(receipt.pair_hash, digest("pair", notice.pair_r, notice.pair_c)), "another pair");
  return { statement, item, txid: txidOf(notice.statement.payload) };
}

// ---- 15

export const cardMessage = (request) => frame(utf8("enishi/v1/card"), utf8("authentication"), request);

// 15.4: who looks for somebody else is given no key of that person's labels.
function byMandate({ mandate, device_key }) {
  demand(mandate === undefined || (mandate.length === 16 && device_key.length === 0), "a mandate with a device");
}

export function readRequest(bytes) {
  const said = forms.read("ViewRequest", bytes);
  demand(said.v === 1, "version");
  moment(said.at_ms);
  demand(said.answer_key.length >= 2 && [0, 33].includes(said.device_key.length), "length of a key");
  byMandate(said);
  return said;
}

/** The serial number of the card's certificate, 32 hexadecimal digits. */
export function checkCard(signed, authority, atMs) {
  let issuer, card;
  try {
    [issuer, card] = [new X509Certificate(authority), new X509Certificate(signed.certificate)];
  } catch {
    refuse("no certificate");
  }
  demand(card.issuer === issuer.subject && card.verify(issuer.publicKey), "a certificate of another authority");
  demand(Date.parse(card.validFrom) <= atMs && atMs <= Date.parse(card.validTo), "a certificate out of its time");
  const algorithm = card.publicKey.asymmetricKeyType === "ed25519" ? null : "sha256";
  demand(verifySignature(algorithm, cardMessage(signed.request), card.publicKey, signed.signature), "a false signature of the card");
  return card.serialNumber.toLowerCase().padStart(32, "0");
}

export function readView(envelope, portal, registrar) {
  const keys = new Map([["portal", portal], ["registrar", registrar]]);
  const view = forms.read("View", openEnvelope(envelope, payloadType("view"), keys, ["portal", "registrar"]));
  demand(view.v === 1 && view.kind === "view", "version or kind");
  moment(view.at_ms);
  epochs(view.audit_epoch);
  demand(view.answer_key.length >= 2 && [0, 33].includes(view.device_key.length), "length of a key");
  byMandate(view);
  return view;
}

/** The portal's own check before it countersigns. */
export function checkNamed(envelope, request, registrar) {
  const view = forms.read("View", openEnvelope(envelope, payloadType("view"), new Map([["registrar", registrar]]), ["registrar"]));
  const asked = readRequest(request);
  demand(view.v === 1 && view.kind === "view" && same(view.request, requestDigest(request)), "another request");
  demand(view.face === asked.face && same(view.answer_key, asked.answer_key) && same(view.device_key, asked.device_key), "another face or key");
  demand(view.mandate === undefined ? asked.mandate === undefined : asked.mandate !== undefined && same(view.mandate, asked.mandate), "another mandate");
  byMandate(view);
}

// ---- 15.1

export const selfDigest = (request) => digest("self-request", request);
const ROOT = "@root";

function own(said) {
  demand(said.v === 1 && said.kind === "self", "version or kind");
  moment(said.at_ms);
  demand(said.items.length >= 1 && said.items.length <= 50, "items");
  said.items.forEach((item) => length(item, 1, 200, "item"));
  length(said.period, 0, 32, "period");
  checkSealingKey(said.answer_key);
  const letters = said.items.some((item) => item === "letter" || item === "letters");
  demand(!letters || (said.items.length === 1 && said.period === ""), "a letter beside something else");
  demand((said.items[0] === "letter") === (said.letter !== undefined), "a letter without its name, or a name without it");
  demand(said.mandate === undefined || (said.mandate.length === 16 && !letters), "a letter by a mandate");
  return said;
}

/** What goes with a statement is the letter that it names, or nothing. */
function carried(said, letter) {
  const none = letter === undefined || letter.length === 0;
  demand(said.letter === undefined ? none : !none && letter.length === 33905 && same(digest("letter", letter), said.letter), "another letter");
}

export const readSelfRequest = (bytes) => own(forms.read("SelfRequest", bytes));

function statementOf(envelope, keys) {
  const said = own(forms.read("SelfStatement", openEnvelope(envelope, payloadType("self"), new Map(Object.entries(keys)), Object.keys(keys))));
  epochs(said.holder_epoch, said.audit_epoch);
  demand((said.mandate === undefined) === (said.represents === undefined), "a mandate without what is acted by");
  demand(said.represents === undefined || ["by_law", "by_wish"].includes(said.represents), "what is acted by");
  return said;
}

/** An operator's reading: both signatures, and π over the one row. */
export function checkSelf(envelope, portal, registrar, ZB, ZU, pi) {
  const said = statementOf(envelope, { portal, registrar });
  const row = { R: decodePoint(said.r), B: decodePoint(said.b), U: decodePoint(said.u) };
  proofs.checkPi(txidOf(envelope.payload), ZB, ZU, [row], pi);
  return said;
}

/** The portal's own check before it countersigns. */
export function checkSelfNamed(envelope, request, registrar) {
  const said = statementOf(envelope, { registrar });
  const asked = readSelfRequest(request);
  demand(same(said.request, selfDigest(request)) && same(said.answer_key, asked.answer_key), "another request or key");
  demand(["face", "holder", "period"].every((name) => said[name] === asked[name]) && said.items.join("\n") === asked.items.join("\n"), "another holder or item");
  demand(said.letter === undefined ? asked.letter === undefined : asked.letter !== undefined && same(said.letter, asked.letter), "another letter");
  demand(said.mandate === undefined ? asked.mandate === undefined : asked.mandate !== undefined && same(said.mandate, asked.mandate), "another mandate");
}

/** The holder's checks; the pair then opens to its own code. */
export function checkSelfNotice(notice, registry) {
  const { portal, registrar } = registry.snapshot;
  const claimed = own(forms.read("SelfStatement", notice.statement.payload));
  registry.standing(claimed.holder, claimed.holder_epoch);
  const said = statementOf(notice.statement, { portal, registrar });
  const receipt = checkReceipt(notice.receipt, registry.snapshot.keeper.signing);
  demand(same(receipt.item_id, itemOf(txidOf(notice.statement.payload), 0)) && receipt.inquirer === ROOT && receipt.inquirer_epoch === 0, "another item or party");
  demand(receipt.provider === said.holder && receipt.provider_epoch === said.holder_epoch && receipt.audit_epoch === said.audit_epoch, "another holder or epoch");
  demand(receipt.verdict === "self" && same(receipt.pair_hash, digest("pair", notice.pair_r, notice.pair_c)), "another pair");
  carried(said, notice.letter);
  return said;
}

/** 7.1: the seed of an item; one of 0.1.0 lies under the bare string and without padding. */
export async function openSeed(key, item, sealed) {
  const info = frame(utf8("enishi/v1/notice-seed"), item);
  const opened = await unseal(key, info, sealed).catch((error) => (error instanceof Refusal ? null : Promise.reject(error)));
  return forms.unpack("NoticeSeed", opened === null ? await unseal(key, utf8("enishi/v1/notice-seed"), sealed) : unpad(opened));
}

export const asOf = (answer) => [...answer.as_of.values()].forEach(moment);
export const answerInfo = (txid, item) => frame(utf8("enishi/v1/answer"), txid, item);
export const viewInfo = (txid) => frame(utf8("enishi/v1/view"), txid);
export const requestDigest = (request) => digest("view-request", request);
export const labelsInfo = (request) => frame(utf8("enishi/v1/labels"), requestDigest(request));

export { G, concat, encode, publicKey, text };
