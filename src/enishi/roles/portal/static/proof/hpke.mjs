// HPKE base mode, DHKEM(X25519, HKDF-SHA256) / HKDF-SHA256 / AES-128-GCM (RFC 9180), single shot; on the wire behind the suite byte 2.

import { bigEndian, bytesOf, concat } from "./bytes.mjs";

const SUITE = 2;
const KEM_ID = concat(bytesOf("KEM"), bigEndian(0x0020, 2));
const HPKE_ID = concat(bytesOf("HPKE"), bigEndian(0x0020, 2), bigEndian(0x0001, 2), bigEndian(0x0001, 2));
const NONE = new Uint8Array(0);

async function hmac(key, data) {
  // WebCrypto refuses an empty HMAC key; a key of zeros of the block's length is the same key (RFC 2104).
  const raw = key.length === 0 ? new Uint8Array(64) : key;
  const imported = await crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, data));
}

const extract = (suite, salt, label, secret) => hmac(salt, concat(bytesOf("HPKE-v1"), suite, bytesOf(label), secret));

// One HMAC block is as much as this suite ever asks for: 32, 16 and 12 bytes.
async function expand(suite, secret, label, info, length) {
  const labelled = concat(bigEndian(length, 2), bytesOf("HPKE-v1"), suite, bytesOf(label), info, Uint8Array.of(1));
  return (await hmac(secret, labelled)).subarray(0, length);
}

async function decapsulate(privateKey, publicBytes, encapsulated) {
  const peer = await crypto.subtle.importKey("raw", encapsulated, { name: "X25519" }, false, []);
  const shared = new Uint8Array(await crypto.subtle.deriveBits({ name: "X25519", public: peer }, privateKey, 256));
  const secret = await extract(KEM_ID, NONE, "eae_prk", shared);
  return expand(KEM_ID, secret, "shared_secret", concat(encapsulated, publicBytes), 32);
}

// Open what was sealed to the key pair {privateKey: CryptoKey, publicBytes: 32 bytes}; an error if it does not open.
export async function openSealed({ privateKey, publicBytes }, info, sealed) {
  if (sealed[0] !== SUITE || sealed.length < 1 + 32 + 16) throw new Error("sealed form");
  const encapsulated = sealed.subarray(1, 33);
  const shared = await decapsulate(privateKey, publicBytes, encapsulated);
  const pskId = await extract(HPKE_ID, NONE, "psk_id_hash", NONE);
  const infoHash = await extract(HPKE_ID, NONE, "info_hash", info);
  const context = concat(Uint8Array.of(0), pskId, infoHash);
  const secret = await extract(HPKE_ID, shared, "secret", NONE);
  const rawKey = await expand(HPKE_ID, secret, "key", context, 16);
  const iv = await expand(HPKE_ID, secret, "base_nonce", context, 12);
  const key = await crypto.subtle.importKey("raw", rawKey, "AES-GCM", false, ["decrypt"]);
  return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, sealed.subarray(33)));
}
