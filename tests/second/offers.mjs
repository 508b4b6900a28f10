// Section 15, handing over the number: the application, and the document that a card signed, with its certificate and the authority's list.
import { X509Certificate, verify as verifySignature } from "node:crypto";
import { demand, frame, hex, refuse, same, text, utf8 } from "./bytes.mjs";
import * as forms from "./forms.mjs";
import { sha256 } from "./packages.mjs";
import { openEnvelope, payloadType } from "./seal.mjs";

const TEN_MINUTES = 600_000;
const YEAR = 366 * 24 * 3600 * 1000;
const KEY_USAGE = "551d0f";
const ALTERNATIVE_NAMES = "551d11";
const BASIC_ITEMS = 329800735698586629295641978511506172918n;

/** DER: the values that stand one behind the other, each with its tag, its content and all of its bytes. */
function values(der) {
  const found = [];
  for (let at = 0; at < der.length; ) {
    const [tag, first] = [der[at], der[at + 1]];
    const long = first > 0x80 ? first - 0x80 : 0;
    demand(first !== 0x80 && long < 4 && at + 2 + long <= der.length, "DER");
    const size = long ? der.subarray(at + 2, at + 2 + long).reduce((sum, byte) => sum * 256 + byte, 0) : first;
    const begin = at + 2 + long;
    demand(begin + size <= der.length, "DER");
    found.push({ tag, content: der.subarray(begin, begin + size), whole: der.subarray(at, begin + size) });
    at = begin + size;
  }
  return found;
}

/** The values inside a value of this tag. */
function inside(value, tag) {
  demand(value !== undefined && value.tag === tag, "DER");
  return values(value.content);
}

const sequence = (value) => inside(value, 0x30);

/** The content of each extension of a certificate, by its OID in hexadecimal. */
function extensionsOf(der) {
  const signed = sequence(sequence(values(der)[0])[0]);
  const [list] = inside(signed.find(({ tag }) => tag === 0xa3), 0xa3);
  return new Map(sequence(list).map((one) => [hex(sequence(one)[0].content), sequence(one).at(-1).content]));
}

function declares(der) {
  const usage = extensionsOf(der).get(KEY_USAGE);
  return usage !== undefined && (values(usage)[0].content[1] & 0x40) !== 0;
}

/** 2.25 and a number: the first byte, then groups of seven bits. */
function isBasicItems(oid) {
  const rest = [...oid].slice(1);
  return oid[0] === 2 * 40 + 25 && rest.reduce((sum, byte) => sum * 128n + BigInt(byte & 0x7f), 0n) === BASIC_ITEMS;
}

function basicItems(der) {
  const names = extensionsOf(der).get(ALTERNATIVE_NAMES);
  demand(names !== undefined, "a certificate that says nothing of its holder");
  const found = sequence(values(names)[0]).filter(({ tag }) => tag === 0xa0).map(({ content }) => values(content)).filter(([oid]) => isBasicItems(oid.content));
  demand(found.length === 1, "basic items");
  const [said] = inside(found[0][1], 0xa0);
  demand(said.tag === 0x0c, "basic items");
  const items = JSON.parse(text(said.content));
  demand(Object.keys(items).sort().join() === "address,born_on,gender,name" && Object.values(items).every((one) => typeof one === "string"), "basic items");
}

/** UTCTime or GeneralizedTime, in milliseconds. */
function timeOf({ tag, content }) {
  const said = text(content);
  const whole = tag === 0x17 ? (said.slice(0, 2) < "50" ? "20" : "19") + said : said;
  return Date.parse(whole.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
}

/** RFC 5280, 5: signed by the authority, good now; the serial numbers in it, in hexadecimal. */
function readList(der, issuer, atMs) {
  const outer = values(der);
  demand(outer.length === 1, "a list");
  const [signed, , signature] = sequence(outer[0]);
  demand(signature.tag === 0x03 && verifySignature(null, signed.whole, issuer.publicKey, signature.content.subarray(1)), "a false signature of the list");
  const [, , name, since, until, ...rest] = sequence(signed);
  const subject = sequence(sequence(values(issuer.raw)[0])[0])[5];
  demand(same(name.whole, subject.whole), "a list of another authority");
  demand(timeOf(since) - 300_000 <= atMs && atMs < timeOf(until), "a list of another time");
  const entries = rest.find(({ tag }) => tag === 0x30);
  return entries === undefined ? [] : sequence(entries).map((one) => hex(sequence(one)[0].content).replace(/^0+/, ""));
}

function readCertificate(der, issuer, atMs) {
  let card;
  try {
    card = new X509Certificate(der);
  } catch {
    refuse("no certificate");
  }
  demand(card.issuer === issuer.subject && card.verify(issuer.publicKey), "a certificate of another authority");
  demand(card.publicKey.asymmetricKeyType === "ed25519" && declares(card.raw), "a certificate that declares nothing");
  demand(Date.parse(card.validFrom) <= atMs && atMs <= Date.parse(card.validTo), "a certificate out of its time");
  return card;
}

/** Who signed, by the certificate's serial number, 32 hexadecimal digits. */
export function checkOffer(signed, portal, authority, atMs) {
  const payload = openEnvelope(signed.offer, payloadType("number-offer"), new Map([["portal", portal]]), ["portal"]);
  const offer = forms.read("NumberOffer", payload);
  demand(offer.v === 1 && offer.face === "portal" && offer.purpose_item.length <= 20, "version, face or purpose item");
  demand(Math.abs(atMs - offer.at_ms) <= TEN_MINUTES, "an application of another time");
  return checkSigner(signed, payload, authority, atMs);
}

/** Section 15.4: an offer or an acceptance of a mandate; who declared it, in the same way. */
export function checkMandate(signed, what, portal, authority, atMs) {
  const payload = openEnvelope(signed.declared, payloadType(`mandate-${what}`), new Map([["portal", portal]]), ["portal"]);
  const said = forms.read(what === "offer" ? "MandateOffer" : "MandateAcceptance", payload);
  demand(said.v === 1 && said.face === "portal", "version or face");
  if (what === "offer") {
    demand(said.scope.length > 0 && new Set(said.scope).size === said.scope.length, "scope");
    demand(said.at_ms < said.until_ms && said.until_ms <= said.at_ms + YEAR, "end");
  }
  demand(Math.abs(atMs - said.at_ms) <= TEN_MINUTES, "a declaration of another time");
  return checkSigner(signed, payload, authority, atMs);
}

/** The same of a mandate to an organisation, which ends within a year. */
export function checkAgent(signed, portal, authority, atMs) {
  const payload = openEnvelope(signed.mandate, payloadType("agent-mandate"), new Map([["portal", portal]]), ["portal"]);
  const mandate = forms.read("AgentMandate", payload);
  demand(mandate.v === 1 && mandate.face === "portal" && mandate.purpose_item.length <= 20, "version, face or purpose item");
  demand(mandate.at_ms < mandate.until_ms && mandate.until_ms <= mandate.at_ms + YEAR, "a mandate of another length");
  demand(Math.abs(atMs - mandate.at_ms) <= TEN_MINUTES, "a mandate of another time");
  return checkSigner(signed, payload, authority, atMs);
}

function checkSigner(signed, payload, authority, atMs) {
  const issuer = new X509Certificate(authority);
  const card = readCertificate(signed.certificate, issuer, atMs);
  const serial = card.serialNumber.toLowerCase();
  demand(!readList(signed.revocation_list, issuer, atMs).includes(serial.replace(/^0+/, "")), "a revoked certificate");
  const message = frame(utf8("enishi/v1/card"), utf8("signature"), sha256(payload));
  demand(verifySignature(null, message, card.publicKey, signed.signature), "a false signature of the card");
  basicItems(card.raw);
  return serial.padStart(32, "0");
}
