// Sections 6 and 7: Ed25519 in DSSE envelopes, HPKE under a suite byte, padding.
import { createPrivateKey, createPublicKey, sign as ed25519Sign, verify as ed25519Verify } from "node:crypto";
import { Aes128Gcm, Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256, MlKem768, XWing, sha3_256, x25519 } from "./packages.mjs";
import { concat, demand, frame, hex, number, refuse, same, uint, unhex, utf8 } from "./bytes.mjs";

// ---- 6

const SMALL = new Set(
  [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  ],
);
const DER_PRIVATE = "302e020100300506032b657004220420";
const DER_PUBLIC = "302a300506032b6570032100";

export function publicKey(raw) {
  demand(raw.length === 32, "an Ed25519 key has 32 bytes");
  const plain = Uint8Array.from(raw);
  plain[31] &= 127;
  demand(!SMALL.has(hex(plain)), "a key of small order");
  return createPublicKey({ key: Buffer.from(DER_PUBLIC + hex(raw), "hex"), format: "der", type: "spki" });
}

export function signs(seed) {
  const key = createPrivateKey({ key: Buffer.from(DER_PRIVATE + hex(seed), "hex"), format: "der", type: "pkcs8" });
  return (message) => Uint8Array.from(ed25519Sign(null, message, key));
}

export const verifies = (raw, message, signature) => signature.length === 64 && ed25519Verify(null, message, publicKey(raw), signature);

export function pae(type, payload) {
  return concat(utf8(`DSSEv1 ${utf8(type).length} ${type} ${payload.length} `), payload);
}

export const payloadType = (thing) => `application/vnd.enishi.${thing}+json`;

export function envelope(thing, payload, keyid, sign) {
  const type = payloadType(thing);
  return { payloadType: type, payload, signatures: [{ keyid, sig: sign(pae(type, payload)) }] };
}

/** The payload of an envelope that the required keyids signed; keys is a Map keyid → 32 bytes. */
export function openEnvelope(given, type, keys, required) {
  demand(given.payloadType === type, "another payloadType");
  demand(given.signatures.length <= 16, "more than 16 signatures");
  const ids = given.signatures.map((one) => one.keyid);
  demand(new Set(ids).size === ids.length, "a keyid twice");
  const message = pae(type, given.payload);
  for (const { keyid, sig } of given.signatures) if (keys.has(keyid)) demand(verifies(keys.get(keyid), message, sig), `a false signature of ${keyid}`);
  for (const keyid of required) demand(keys.has(keyid) && ids.includes(keyid), `${keyid} did not sign`);
  return given.payload;
}

// ---- 7.1

const LABEL = concat(utf8("\\./"), utf8("/^\\"));

/** MLKEM768-X25519 with the private key as the page has it: the 64-byte seed of ML-KEM, then X25519's 32 bytes. */
export class Hybrid extends XWing {
  async decap(params) {
    const raw = params.recipientKey;
    const [enc, kem] = [new Uint8Array(params.enc), new MlKem768()];
    const [, secret] = await kem.deriveKeyPair(raw.subarray(0, 64));
    const lattice = await kem.decap(enc.subarray(0, 1088), secret);
    const curve = x25519.getSharedSecret(raw.subarray(64), enc.subarray(1088));
    return sha3_256(concat(lattice, curve, enc.subarray(1088), x25519.getPublicKey(raw.subarray(64)), LABEL)).buffer;
  }
}

const SUITES = {
  1: { suite: () => new CipherSuite({ kem: new Hybrid(), kdf: new HkdfSha256(), aead: new Aes256Gcm() }), enc: 1120, publics: 1216, privates: 96 },
  2: { suite: () => new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes128Gcm() }), enc: 32, publics: 32, privates: 32 },
};

const of = (bytes) => SUITES[bytes[0]] ?? refuse("an unknown suite");
const whole = (bytes) => Uint8Array.from(bytes).buffer;

export const checkSealingKey = (key) => demand(key.length === 1 + of(key).publics, "the length of a key");

/** The public bytes of a private key, suite byte and all. */
export async function sealingPublic(key) {
  if (key[0] === 2) return concat(key.subarray(0, 1), x25519.getPublicKey(key.subarray(1)));
  const [lattice] = await new MlKem768().deriveKeyPair(key.subarray(1, 65));
  return concat(key.subarray(0, 1), lattice, x25519.getPublicKey(key.subarray(65)));
}

export function newSealingKey(suite) {
  return concat(uint(suite, 1), crypto.getRandomValues(new Uint8Array(SUITES[suite].privates)));
}

export async function seal(key, info, plaintext) {
  const { suite } = of(key);
  checkSealingKey(key);
  try {
    const made = suite();
    const recipientPublicKey = await made.kem.deserializePublicKey(whole(key.subarray(1)));
    const sent = await made.seal({ recipientPublicKey, info: whole(info) }, whole(plaintext));
    return concat(key.subarray(0, 1), new Uint8Array(sent.enc), new Uint8Array(sent.ct));
  } catch (error) {
    return refuse(`no key of its suite: ${error}`);
  }
}

// Suite 3: enc ‖ the sealed secret, then nonce ‖ ciphertext under a key that follows from both and the info.
const [SHARED, NONCE] = [1120 + 32 + 16, 16];
const SECRET_INFO = frame(utf8("enishi/v1/sealed-secret"));

/** The bytes of RFC 5869's extraction of the sealed secret; for the check values. */
export async function exporterOf(encapsulation, secret) {
  const key = await crypto.subtle.importKey("raw", encapsulation, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, secret));
}

/** The 32 bytes of a message's key. */
export async function messageKey(encapsulation, secret, nonce, info) {
  const key = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  const from = { name: "HKDF", hash: "SHA-256", salt: encapsulation, info: frame(utf8("enishi/v1/sealed-message"), nonce, info) };
  return new Uint8Array(await crypto.subtle.deriveBits(from, key, 256));
}

const cipher = async (raw, use) => crypto.subtle.importKey("raw", raw, "AES-GCM", false, [use]);
const GCM = { name: "AES-GCM", iv: new Uint8Array(12) };

/** A function that seals to one key: a HYBRID one under one encapsulation, any other under one for each message. */
export async function sender(key) {
  if (key[0] !== 1) return (info, plaintext) => seal(key, info, plaintext);
  const secret = crypto.getRandomValues(new Uint8Array(32));
  const encapsulation = (await seal(key, SECRET_INFO, secret)).subarray(1);
  return async (info, plaintext) => {
    const nonce = crypto.getRandomValues(new Uint8Array(NONCE));
    const raw = await messageKey(encapsulation, secret, nonce, info);
    const closed = await crypto.subtle.encrypt(GCM, await cipher(raw, "encrypt"), plaintext);
    return concat(uint(3, 1), encapsulation, nonce, new Uint8Array(closed));
  };
}

async function unsealShared(key, info, sealed) {
  demand(sealed.length >= 1 + SHARED + NONCE + 16, "too short for a seal");
  demand(key[0] === 1, "sealed under another suite");
  const [encapsulation, nonce] = [sealed.subarray(1, 1 + SHARED), sealed.subarray(1 + SHARED, 1 + SHARED + NONCE)];
  const secret = await unseal(key, SECRET_INFO, concat(uint(1, 1), encapsulation));
  const raw = await messageKey(encapsulation, secret, nonce, info);
  try {
    return new Uint8Array(await crypto.subtle.decrypt(GCM, await cipher(raw, "decrypt"), sealed.subarray(1 + SHARED + NONCE)));
  } catch (error) {
    if (error instanceof TypeError || error instanceof ReferenceError) throw error;
    return refuse("the seal does not open");
  }
}

export async function unseal(key, info, sealed) {
  if (sealed[0] === 3) return unsealShared(key, info, sealed);
  const { suite, enc } = of(sealed);
  demand(sealed.length >= 1 + enc + 16, "too short for a seal");
  demand(sealed[0] === key[0], "sealed under another suite");
  const made = suite();
  const recipientKey = key[0] === 1 ? key.subarray(1) : await made.kem.deserializePrivateKey(whole(key.subarray(1)));
  try {
    const context = { recipientKey, enc: whole(sealed.subarray(1, 1 + enc)), info: whole(info) };
    return new Uint8Array(key[0] === 1 ? await openHybrid(made, context, sealed.subarray(1 + enc)) : await made.open(context, whole(sealed.subarray(1 + enc))));
  } catch (error) {
    if (error instanceof TypeError || error instanceof ReferenceError) throw error;
    return refuse("the seal does not open");
  }
}

async function openHybrid(suite, context, ciphertext) {
  return suite.open(context, whole(ciphertext));
}

// ---- 7.2

const [LEAST, MOST] = [1024, 64 * 1024 * 1024];

function bucket(length) {
  let size = LEAST;
  while (size < length + 4) size *= 2;
  return demand(size <= MOST, "too long to pad"), size;
}

export function pad(plaintext) {
  return concat(uint(plaintext.length, 4), plaintext, new Uint8Array(bucket(plaintext.length) - 4 - plaintext.length));
}

export function unpad(padded) {
  demand(padded.length >= LEAST && padded.length <= MOST, "no padded size");
  const length = number(padded.subarray(0, 4));
  demand(length + 4 <= padded.length && bucket(length) === padded.length, "not the smallest size that holds it");
  demand(padded.subarray(4 + length).every((byte) => byte === 0), "a filler that is not zero");
  return padded.subarray(4, 4 + length);
}

export { same, unhex };
