// The npm packages of tests/browser/package.json, taken from where `make test` installs them.
import { createRequire } from "node:module";
import { webcrypto } from "node:crypto";
import { fileURLToPath } from "node:url";

globalThis.crypto ??= webcrypto; // node 18 has it under another name only
const require = createRequire(fileURLToPath(new URL("../../.cache/browser/package.json", import.meta.url)));

export const { ristretto255, RistrettoPoint, x25519 } = require("@noble/curves/ed25519");
export const { expand_message_xmd } = require("@noble/curves/abstract/hash-to-curve");
export const { sha256, sha512 } = require("@noble/hashes/sha2");
export const { sha3_256 } = require("@noble/hashes/sha3");
export const { hmac } = require("@noble/hashes/hmac");
export const { CipherSuite, HkdfSha256, Aes128Gcm, Aes256Gcm } = require("@hpke/core");
export const { DhkemX25519HkdfSha256 } = require("@hpke/dhkem-x25519");
export const { XWing } = require("@hpke/hybridkem-x-wing");
export const { MlKem768 } = require("mlkem");
