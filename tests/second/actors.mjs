// The roles that the second implementation plays against ours: inquirer A, provider B, the exchange, portal and citizen.
import { concat, demand, digest, hex, same, unhex, utf8 } from "./bytes.mjs";
import { checkLog } from "./citizen.mjs";
import * as forms from "./forms.mjs";
import * as group from "./group.mjs";
import * as messages from "./messages.mjs";
import * as log from "./log.mjs";
import * as proofs from "./proofs.mjs";
import * as seal from "./seal.mjs";

const random = (length) => crypto.getRandomValues(new Uint8Array(length));
const scalar = (said) => group.decodeScalar(unhex(said));
const point = group.decodePoint;

/** The registry as a role adopts it: both signatures, every proof of possession. */
function registryOf({ snapshot, pins }) {
  const keys = new Map(Object.entries(pins).map(([name, key]) => [name, unhex(key)]));
  const made = messages.checkSnapshot(forms.unpack("Envelope", unhex(snapshot)), keys);
  messages.checkPossessions(made.snapshot);
  return new messages.Registry(made.snapshot, made.digest);
}

// ---- the inquirer

function operatorsOf(registry, keys) {
  const of = (name) => ({ root: point(registry.snapshot[name].s_root), share: point(keys[`share_${name}`]), layer: point(registry.snapshot[name].layer) });
  return { exchange: of("exchange"), keeper: of("keeper") };
}

/** 9, step 7a: the codes by ref. */
export function openTranscript({ deliver, elgamal, ...world }) {
  const registry = registryOf(world);
  const { transcript } = forms.unpack("Deliver", unhex(deliver));
  const claimed = messages.readBatch(transcript.batch, registry.snapshot.registrar);
  demand(claimed.kind === "enrol", "not for an institution");
  const operators = operatorsOf(registry, registry.standing(claimed.target, claimed.epoch));
  const { batch, elements } = messages.checkTranscript(transcript, registry.snapshot.registrar, operators);
  return Object.fromEntries(batch.refs.map((ref, i) => [hex(ref), hex(group.encode(proofs.open(scalar(elgamal), elements[i].R, elements[i].C)))]));
}

/** 10: one message about these codes. */
export async function ask({ codes, signing, inquirer, provider, about, at_ms, ...world }) {
  const registry = registryOf(world);
  const [ZB, ZU] = [registry.standing(provider, 1).elgamal, registry.audit.elgamal].map((key) => registry.layered(key));
  const made = codes.map((code) => proofs.blind(point(unhex(code)), ZB, ZU));
  const rows = made.map(({ row }, i) => ({
    r: group.encode(row.R),
    b: group.encode(row.B),
    u: group.encode(row.U),
    case: messages.commit("case", random(32), `case ${i}`),
    relation: about.relation,
    period: about.period,
  }));
  const key = seal.newSealingKey(1);
  const statement = {
    v: 1,
    kind: "inquiry",
    nonce: random(16),
    inquirer,
    provider,
    inquirer_epoch: 1,
    provider_epoch: 1,
    audit_epoch: registry.audit.epoch,
    registry: registry.digest,
    law: registry.snapshot.law,
    at_ms,
    affair: about.affair,
    purpose_item: about.purpose_item,
    items: about.items,
    reply_key: await seal.sealingPublic(key),
    officer: messages.commit("officer", random(32), "system/officer"),
    nondisclosure: null,
    count: rows.length,
    rows: log.rootOf(rows.map((row) => messages.rowLeaf(messages.shown(row)))),
  };
  const payload = forms.write("Statement", statement);
  const pi = proofs.provePi(messages.txidOf(payload), ZB, ZU, made.map(({ row }) => row), made.map(({ r }) => r));
  const envelope = seal.envelope("statement", payload, messages.keyid(inquirer, 1), seal.signs(unhex(signing)));
  return { message: hex(forms.pack("Inquiry", { statement: envelope, rows, pi })), txid: hex(messages.txidOf(payload)), reply_key: hex(key) };
}

/** 12, "A checks": all items or none.  `before` is the newest kind held of each item. */
export function readReply({ message, reply, reply_key, before, ...world }) {
  const payload = forms.unpack("Inquiry", unhex(message)).statement.payload;
  return readItems({ payload, said: forms.unpack("InquiryReply", unhex(reply)), key: unhex(reply_key), before, registry: registryOf(world) });
}

export async function readItems({ payload, said, key, before, registry }) {
  const [statement, txid] = [messages.readStatement(payload), messages.txidOf(payload)];
  demand(same(said.txid, txid) && said.items.length === statement.count, "another inquiry's reply");
  const items = [];
  for (const [i, item] of said.items.entries()) items.push(await readItem(item, { registry, statement, txid, item: messages.itemOf(txid, i), key, before: before[i] ?? null }));
  return items;
}

async function readItem(given, { registry, statement, txid, item, key, before }) {
  const receipt = messages.checkReceipt(given.receipt, registry.snapshot.keeper.signing);
  messages.checkParties(receipt, statement, item);
  if (receipt.verdict === "refusal") return refused(given);
  if (given.outcome === null) return demand(given.sealed.length === 0, "an answer without outcome"), { verdict: receipt.verdict, kind: "", documents: {} };
  const outcome = messages.checkOutcome(given.outcome, registry.signing);
  demand(same(outcome.item_id, item) && outcome.provider === statement.provider && outcome.provider_epoch === statement.provider_epoch, "another item's outcome");
  demand(receipt.verdict === "permit" && same(outcome.answer_hash, digest("answer", given.sealed)), "another answer");
  if (before !== outcome.kind) messages.checkTransition(before, outcome.kind);
  const answer = forms.read("Answer", seal.unpad(await seal.unseal(key, messages.answerInfo(txid, item), given.sealed)));
  demand(answer.v === 1 && same(answer.item_id, item) && answer.kind === outcome.kind, "an answer that says otherwise");
  messages.asOf(answer);
  demand(answer.documents.size === 0 || answer.kind === "provided", "documents in an outcome that provides none");
  return { verdict: "permit", kind: outcome.kind, documents: Object.fromEntries([...answer.documents].map(([name, many]) => [name, many.length])) };
}

function refused({ refusal, outcome, sealed }) {
  const verdict = forms.read("Verdict", refusal);
  demand(!verdict.permit && outcome === null && sealed.length === 0, "a refusal with an answer");
  return { verdict: "refusal", kind: "", grounds: verdict.grounds.map((ground) => ground.code) };
}

// ---- the provider

/** 12: check the notice, open the pair, answer; people are the codes that it knows, each with its documents by item as JSON text; so many more are signed beside. */
export async function answer({ notice, elgamal, signing, people, at_ms, beside, ...world }) {
  const registry = registryOf(world);
  const told = forms.unpack("Notice", unhex(notice));
  const { statement, txid, item } = messages.checkNotice(told, registry);
  const code = hex(group.encode(proofs.open(scalar(elgamal), point(told.pair_r), point(told.pair_c))));
  const documents = people[code];
  const kind = documents === undefined ? "no_such_person" : Object.keys(documents).length > 0 ? "provided" : "not_registered";
  const sends = await seal.sender(statement.reply_key);
  const sealed = await sends(messages.answerInfo(txid, item), seal.pad(written(item, kind, documents ?? {})));
  const outcome = {
    v: 1,
    item_id: item,
    provider: statement.provider,
    provider_epoch: statement.provider_epoch,
    kind,
    answer_hash: digest("answer", sealed),
    at_ms,
    deadline_ms: 0,
    citation: "",
    nondisclosure: null,
  };
  const others = Array.from({ length: beside ?? 0 }, () => ({ ...outcome, item_id: random(32) }));
  const signed = messages.signOutcomes([...others, outcome], at_ms, seal.signs(unhex(signing))).at(-1);
  return { code, kind, reply: hex(forms.pack("NoticeReply", { outcome: signed, sealed })) };
}

function written(item, kind, documents) {
  const names = Object.keys(documents);
  const given = names.map((name) => [name, documents[name].map((one) => new Map(Object.entries(one)))]);
  const schemas = new Map(names.map((name) => [name, documents[name][0].v]));
  const json = forms.write("Answer", { v: 1, item_id: item, kind, documents: new Map(given), schemas, as_of: new Map(), absent: new Map() });
  return concat(json, utf8(" ".repeat(Math.max(0, 3072 - json.length))));
}

// ---- the exchange

/** 9, step 4: check the registrar, make the Step. */
export function operate({ operate: asked, root, share, layer, ...world }) {
  const { batch: envelope } = forms.unpack("EnrolOperate", unhex(asked));
  const batch = messages.readBatch(envelope, registryOf(world).snapshot.registrar);
  const secrets = { root: scalar(root), share: scalar(share), layer: scalar(layer) };
  const step = proofs.operate(messages.elementsOf(batch), secrets, proofs.stepContext(envelope.payload, "exchange"));
  return hex(forms.pack("EnrolOperate", { batch: envelope, exchange: forms.pack("Step", step) }));
}

const blinded = (row) => ({ R: point(row.r), B: row.b.length > 0 ? point(row.b) : null, U: point(row.u) });
const rowOf = ({ R, B, U }) => ({ r: group.encode(R), b: B === null ? new Uint8Array() : group.encode(B), u: group.encode(U) });
const ratio = (to, from) => group.mod(scalar(to) * group.invert(scalar(from)));

/** 11.3: the step on what the keeper admitted; the Commit that goes back. */
export function convert({ inquiry, admitted, layer, share_a, share_b, share_u }) {
  const [asked, given] = [forms.unpack("Inquiry", unhex(inquiry)), forms.unpack("Admitted", unhex(admitted))];
  demand(given.rows.length === asked.rows.length, "a reply for another number of rows");
  const rows = given.rows.map((row) => rowOf(proofs.exchangeStep(blinded(row), scalar(layer), ratio(share_b, share_a), ratio(share_u, share_a))));
  return hex(forms.pack("Commit", { inquiry: asked, verdicts: given.verdicts, ticket: given.ticket, given: given.rows, rows }));
}

/** 13.2: the hop of one row of a Commit, proven. */
export function proveHop({ commit, place, item, layer, share_a, share_b }) {
  const made = forms.unpack("Commit", unhex(commit));
  const [given, returned] = [made.given, made.rows].map((rows) => blinded(rows[place]));
  const hop = proofs.proveExchangeHop(given, returned, ratio(share_b, share_a), group.multiply(scalar(share_a), group.G), scalar(layer), unhex(item));
  return hex(forms.pack("ExchangeHop", hop));
}

// ---- portal and citizen

/** 15, step 1. */
export async function request({ at_ms }) {
  const [answerKey, deviceKey] = [seal.newSealingKey(1), seal.newSealingKey(2)];
  const [answer_key, device_key] = [await seal.sealingPublic(answerKey), await seal.sealingPublic(deviceKey)];
  const made = forms.write("ViewRequest", { v: 1, face: "portal", session: random(32), nonce: random(16), answer_key, device_key, at_ms });
  return { request: hex(made), message: hex(messages.cardMessage(made)), answer_key: hex(answerKey), device_key: hex(deviceKey) };
}

/** 15, steps 2 and 3: check the card, sign as the face. */
export function askToLook({ request: asked, certificate, signature, portal, at_ms, ...world }) {
  const signed = { request: unhex(asked), certificate: unhex(certificate), signature: unhex(signature) };
  const card = messages.checkCard(signed, registryOf(world).snapshot.card_authority, at_ms);
  const face = seal.envelope("view-request", signed.request, "portal", seal.signs(unhex(portal)));
  return { card, ask: hex(forms.pack("ViewAsk", { signed, face })) };
}

/** 15, step 5. */
export function countersign({ reply, request: asked, portal, ...world }) {
  const { view } = forms.unpack("ViewAskReply", unhex(reply));
  messages.checkNamed(view, unhex(asked), registryOf(world).snapshot.registrar);
  const sig = seal.signs(unhex(portal))(seal.pae(view.payloadType, view.payload));
  return hex(forms.pack("ViewMessage", { view: { ...view, signatures: [...view.signatures, { keyid: "portal", sig }] } }));
}

/** 15, step 7 and the reader's four checks. */
export async function look({ reply, view: message, request: asked, answer_key, device_key, known, at_ms }) {
  const { view } = forms.unpack("ViewMessage", unhex(message));
  const { sealed } = forms.unpack("ViewReply", unhex(reply));
  const opened = seal.unpad(await seal.unseal(unhex(answer_key), messages.viewInfo(messages.txidOf(view.payload)), sealed));
  return { log: hex(opened), ...(await checkLog(forms.unpack("ShownLog", opened), unhex(asked), unhex(device_key), known, at_ms)) };
}

/** The same log with something taken out, put twice or changed: what a device must not believe. */
export async function lookAgain({ log: opened, change, request: asked, device_key, known, at_ms }) {
  const shown = forms.unpack("ShownLog", unhex(opened));
  CHANGES[change](shown);
  return checkLog(shown, unhex(asked), unhex(device_key), known, at_ms);
}

const CHANGES = {
  nothing: () => {},
  "a record left out": (shown) => void shown.records.shift(),
  "a record twice": (shown) => void shown.records.push(shown.records[0]),
  "a body changed": (shown) => void (shown.records[0].body = concat(shown.records[0].body, utf8(" "))),
  "an older size": (shown) => void (shown.checkpoint = shown.checkpoint.replace(/\n[0-9]+\n/, "\n1\n")),
  "no cosignature": (shown) => void (shown.checkpoint = shown.checkpoint.replace(/— witness[^\n]*\n/, "")),
  "another map": (shown) => void (shown.map_root = new Uint8Array(32)),
};
