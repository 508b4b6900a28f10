// Runs every case of a file of vectors/: true where it holds, the reason where it is refused.
import { readFileSync } from "node:fs";
import { MlKem768, sha3_256, x25519 } from "./packages.mjs";
import { Refusal, concat, digest, equal, frame, hex, uint, unhex, utf8 } from "./bytes.mjs";
import * as evidence from "./evidence.mjs";
import * as forms from "./forms.mjs";
import * as group from "./group.mjs";
import * as json from "./json.mjs";
import * as log from "./log.mjs";
import * as messages from "./messages.mjs";
import * as proofs from "./proofs.mjs";
import * as seal from "./seal.mjs";
import { LINKAGE, algebra } from "./vectors_linkage.mjs";
import { PROTOCOL } from "./vectors_protocol.mjs";

const ROOT = new URL("../../vectors/", import.meta.url);
const load = (name) => JSON.parse(readFileSync(new URL(name, ROOT), "utf8"));
const point = (said) => group.decodePoint(unhex(said));
const scalar = (said) => group.decodeScalar(unhex(said));
const back = (one) => hex(group.encode(one));
const numbers = (said) => hex(group.encodeScalar(said));
const many = (joined) => joined.split(",");
const hexes = (all) => all.map(unhex);

// ---- linkage

function rfc9496({ cases }) {
  return cases.map((one) => ({
    ...one,
    run: () => {
      if (one.what === "encoding") point(one.point);
      else if (one.what === "map") equal(back(group.pointFromUniform(unhex(one.uniform))), one.point, "map");
      else equal(hex(group.G.multiply(BigInt(one.k)).toRawBytes()), one.point, "multiple");
    },
  }));
}

function rfc9380({ dst, cases }) {
  return cases.map((one) => ({ run: () => equal(hex(group.expandTo(utf8(dst), utf8(one.message), one.length)), one.uniform, "expansion") }));
}

function rfc9497({ modes }) {
  return modes.flatMap((mode) => mode.vectors.map((one) => ({ run: () => evaluate(mode, one) })));
}

function evaluate(mode, one) {
  const [key, pairs] = [scalar(mode.skSm), []];
  many(one.Input).forEach((input, i) => {
    const [blinded, evaluated] = [many(one.BlindedElement)[i], many(one.EvaluationElement)[i]];
    const made = group.groupUnder(unhex(mode.groupDST), unhex(input)).multiply(scalar(many(one.Blind)[i]));
    equal(back(made), blinded, "blinded");
    equal(back(made.multiply(key)), evaluated, "evaluated");
    pairs.push([point(blinded), point(evaluated)]);
  });
  if (one.Proof === undefined) return;
  const string = concat(utf8("OPRFV1-"), uint(1, 1), utf8("-ristretto255-SHA512"));
  const proof = proofs.generate(key, group.G, group.G.multiply(key), pairs, string, scalar(one.Proof.r));
  equal(hex(proofs.encodeProof(proof)), one.Proof.proof, "proof");
  proofs.examine(group.G, point(mode.pkSm), pairs, proof, string);
}

function given({ hashes, proofs: made, rows }) {
  const [context, nonce] = [unhex(made.context), scalar(made.nonce)];
  const pairs = made.dleq.pairs.map((pair) => pair.map(point));
  const triples = rows.rows.map(([r, b, u]) => ({ R: point(r), B: point(b), U: point(u) }));
  const runs = [
    () => equal(back(group.hashToGroup(hashes.hash_to_group.use, ...hexes(hashes.hash_to_group.parts))), hashes.hash_to_group.point, "group"),
    () => equal(numbers(group.hashToScalar(hashes.hash_to_scalar.use, ...hexes(hashes.hash_to_scalar.parts))), hashes.hash_to_scalar.scalar, "scalar"),
    () => hashes.beta.forEach((one) => equal(numbers(proofs.beta(unhex(one.secret), unhex(one.txid), one.i)), one.beta, "beta")),
    () => equal(hex(proofs.encodeProof(proofs.prove(scalar(made.dleq.k), point(made.dleq.a), pairs, context, nonce))), made.dleq.proof, "DLEQ"),
    () => proofs.verify(point(made.dleq.a), point(made.dleq.a).multiply(scalar(made.dleq.k)), pairs, proofs.decodeProof(unhex(made.dleq.proof)), context),
    () => equal(hex(proofs.provePossession(scalar(made.possession.secret), context, nonce)), made.possession.proof, "possession"),
    () => proofs.checkPossession(point(made.possession.public), unhex(made.possession.proof), context),
    () => equal(hex(proofs.provePi(unhex(rows.txid), point(rows.z_b), point(rows.z_u), triples, rows.r.map(scalar), nonce)), rows.pi, "π"),
    () => proofs.checkPi(unhex(rows.txid), point(rows.z_b), point(rows.z_u), triples, unhex(rows.pi)),
  ];
  return runs.map((run) => ({ run }));
}

// ---- seal

async function unseals(one) {
  equal(hex(await seal.sealingPublic(unhex(one.key))), one.public, "public key");
  equal(hex(await seal.unseal(unhex(one.key), unhex(one.info), unhex(one.sealed))), one.plaintext, "plaintext");
}

async function together(one) {
  const [sealed, secret] = [unhex(one.sealed), unhex(one.secret)];
  if (one.name === "opens") {
    equal(hex(await seal.exporterOf(sealed.subarray(1, 1169), secret)), one.exporter, "exporter secret");
    equal(hex(await seal.messageKey(sealed.subarray(1, 1169), secret, sealed.subarray(1169, 1185), unhex(one.info))), one.message_key, "key of the message");
  }
  await unseals(one);
}

function opens(one) {
  const keys = new Map(Object.entries(one.keys).map(([id, key]) => [id, unhex(key)]));
  seal.openEnvelope(forms.read("Envelope", utf8(one.envelope)), one.type, keys, one.required);
}

async function xwing(one) {
  const [pk, enc, ss] = await encapsulate(unhex(one.private), unhex(one.eseed));
  equal(hex(ss), one.ss, "shared secret");
  equal(hex(sha3_256(pk)), one.public_sha3, "public key");
  equal(hex(sha3_256(enc)), one.enc_sha3, "enc");
  equal(hex(enc), one.enc, "enc itself");
  equal(hex(await seal.unseal(unhex(`01${one.private}`), unhex(one.info), unhex(one.sealed))), one.plaintext, "plaintext");
}

async function encapsulate(secret, eseed) {
  const kem = new MlKem768();
  const [publicM] = await kem.deriveKeyPair(secret.subarray(0, 64));
  const [ctM, ssM] = await kem.encap(publicM, eseed.subarray(0, 32));
  const [publicX, ctX] = [x25519.getPublicKey(secret.subarray(64)), x25519.getPublicKey(eseed.subarray(32))];
  const ssX = x25519.getSharedSecret(eseed.subarray(32), publicX);
  return [concat(publicM, publicX), concat(ctM, ctX), sha3_256(concat(ssM, ssX, ctX, publicX, utf8("\\.//^\\")))];
}

const pads = (one) => equal(hex(seal.unpad(padded(one))), one.plaintext, "plaintext");
const padded = ({ head, zeros, tail }) => concat(unhex(head), new Uint8Array(zeros), unhex(tail));

// ---- tlog

const LOG = {
  leaf: (one) => {
    log.checkBody(log.decodeLeaf(unhex(one.leaf)), unhex(one.salt), unhex(one.body));
    equal(hex(log.leafHash(unhex(one.leaf))), one.leaf_hash, "leaf hash");
  },
  label: (one) => {
    equal(hex(log.personKey(unhex(one.key), unhex(one.tag))), one.person_key, "person key");
    equal(hex(log.label(unhex(one.person_key), one.n)), one.label, "label");
  },
  inclusion: (one) => log.checkInclusion(unhex(one.leaf_hash), one.index, one.size, hexes(one.path), unhex(one.root)),
  consistency: (one) => log.checkConsistency(one.old_size, one.size, unhex(one.old_root), unhex(one.root), hexes(one.path)),
  map: (one) => {
    const steps = one.proof.steps.map(({ bit, sibling }) => ({ bit, sibling: unhex(sibling) }));
    log.checkMap(unhex(one.root), unhex(one.label), { found: unhex(one.proof.found), steps }, one.claim === "present");
  },
  checkpoint: (one) => {
    const state = log.openCheckpoint(log.parseNote(utf8(one.note)), log.parseVerifier(one.verifier));
    equal(`${state.origin} ${state.size} ${hex(state.root)}`, `${one.origin} ${one.size} ${one.root}`, "checkpoint");
  },
  cosignature: (one) => equal(log.checkCosignature(one.text, log.parseSignatures(one.line)[0], log.parseVerifier(one.verifier)), one.at_ms, "time"),
  note: (one) => void log.parseNote(concat(utf8("x".repeat(one.letters)), unhex(one.note))),
  verifier: (one) => void log.parseVerifier(one.verifier),
  tile: (one) => equal(JSON.stringify(log.parseTile(one.path)), JSON.stringify({ level: one.level, index: one.index, width: one.width }), "tile"),
  bundle: (one) => equal(log.decodeBundle(unhex(one.bundle), one.width).map(hex).join(), one.entries.join(), "entries"),
  witness: (one) => {
    const last = one.last === null ? null : { size: one.last.size, root: unhex(one.last.root) };
    const fresh = log.checkSubmission(log.parseSubmission(utf8(one.body)), last, log.parseVerifier(one.log));
    equal(`${fresh.size} ${hex(fresh.root)}`, `${one.size} ${one.root}`, "checkpoint");
  },
};

// ---- evidence

function values(v) {
  const [h, node] = [unhex, (a, b) => log.rootOf([a, b])];
  const leaves = hexes(v.rows.leaves);
  const made = {
    frame: frame(...hexes(v.frame.parts)),
    digest: digest(v.digest.use, ...hexes(v.digest.parts)),
    pae: seal.pae(v.pae.type, h(v.pae.payload)),
    registry: digest("registry", h(v.registry.payload)),
    txid: messages.txidOf(h(v.txid.payload)),
    item: messages.itemOf(h(v.item.txid), v.item.i),
    "commit-case": messages.commit("case", h(v["commit-case"].salt), v["commit-case"].text),
    "commit-officer": messages.commit("officer", h(v["commit-officer"].salt), v["commit-officer"].text),
    "row-ciphertexts": digest("row-ciphertexts", h(v["row-ciphertexts"].r), h(v["row-ciphertexts"].b), h(v["row-ciphertexts"].u)),
    row: messages.rowLeaf({ ciphertexts: h(v.row.ciphertexts), case: h(v.row.case), relation: v.row.relation, period: v.row.period }),
    rows: node(node(leaves[0], leaves[1]), leaves[2]),
    pair: digest("pair", h(v.pair.r), h(v.pair.c)),
    answer: digest("answer", h(v.answer.sealed)),
    "answer-info": messages.answerInfo(h(v["answer-info"].txid), h(v["answer-info"].item_id)),
    disclosure: digest("disclosure", h(v.disclosure.commitment)),
    possession: proofs.possessionContext(v.possession.owner, v.possession.key, v.possession.epoch),
    card: messages.cardMessage(h(v.card.request)),
    "view-request": digest("view-request", h(v["view-request"].request)),
    "view-info": messages.viewInfo(h(v["view-info"].txid)),
    "labels-info": frame(utf8("enishi/v1/labels"), h(v["labels-info"].request)),
  };
  return Object.entries(v).map(([name, { expect }]) => ({ name, run: () => equal(hex(made[name]), expect, name) }));
}

function changes({ cases }) {
  const pins = new Map(Object.entries(load("evidence/pins.json")).map(([name, key]) => [name, new Uint8Array(Buffer.from(key, "base64"))]));
  return cases.map((one) => ({
    name: one.name,
    run: () => {
      const whole = load("evidence/bundle.enishi.json");
      const last = one.path.slice(0, -1).reduce((at, step) => at[step], whole);
      if (one.path.length > 0) last[one.path.at(-1)] = one.value;
      equal(evidence.failed(forms.read("Bundle", utf8(JSON.stringify(whole))), pins).join(), one.expect.join(), "failed checks");
    },
  }));
}

const cases = (run) => (file) => file.cases.map((one) => ({ ...one, run: () => run(one) }));
const sharing = (run) => (file) => file.cases.map((one) => ({ ...one, run: () => run({ ...file.shared, ...one }) }));
const FILES = {
  "linkage/rfc9496.json": rfc9496,
  "linkage/rfc9380.json": rfc9380,
  "linkage/rfc9497.json": rfc9497,
  "linkage/proofs.json": given,
  "linkage/algebra.json": algebra,
  "seal/seal.json": cases(unseals),
  "seal/many.json": cases(together),
  "seal/envelope.json": cases(opens),
  "seal/rfc9180.json": cases(unseals),
  "seal/xwing.json": cases(xwing),
  "seal/pad.json": cases(pads),
  "seal/key.json": cases((one) => void seal.publicKey(unhex(one.public))),
  "evidence/values.json": values,
  "evidence/changes.json": changes,
  ...Object.fromEntries(Object.entries(LINKAGE).map(([stem, run]) => [`linkage/${stem}.json`, cases(run)])),
  ...Object.fromEntries(Object.entries(LOG).map(([stem, run]) => [`tlog/${stem}.json`, cases(run)])),
  ...Object.fromEntries(Object.entries(PROTOCOL).map(([name, run]) => [`protocol/${name}.json`, sharing(run)])),
};

export const files = () => Object.keys(FILES);

export async function run(name) {
  const verdicts = [];
  for (const one of FILES[name](load(name))) verdicts.push(await verdict(one));
  return verdicts;
}

const SLUG = /^[a-z]+(?:-[a-z]+)+$/;

async function verdict({ name, expect, run }) {
  const wanted = expect === undefined || expect === "ok" || !SLUG.test(expect) || Array.isArray(expect);
  try {
    await run();
    return { name, wanted, held: true, why: "" };
  } catch (error) {
    if (error instanceof Refusal) return { name, wanted, held: false, why: error.message };
    return { name, wanted, held: null, why: error.stack };
  }
}

export { json };
