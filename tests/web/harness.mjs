// Runs the browser's checks outside a browser: reads a JSON list of {op, ...} on standard input, prints the list of answers.

import { webcrypto } from "node:crypto";
import { checkAll, readProof } from "../../src/enishi/roles/portal/static/proof/checks.mjs";
import { digest, equal, fromBase64, fromHex, hex, toBase64Url } from "../../src/enishi/roles/portal/static/proof/bytes.mjs";
import { openSealed } from "../../src/enishi/roles/portal/static/proof/hpke.mjs";
import { labelOf, mapHolds } from "../../src/enishi/roles/portal/static/proof/labels.mjs";
import { cosignedAt, isSigned, parseCheckpoint, parseKey, parseNote } from "../../src/enishi/roles/portal/static/proof/note.mjs";
import { leafHash, readLeaf, rootFromPath } from "../../src/enishi/roles/portal/static/proof/tree.mjs";

// Node 18 has it, but not yet as a global.
globalThis.crypto ??= webcrypto;

async function deviceOf({ secret, public: publicHex }) {
  const jwk = { kty: "OKP", crv: "X25519", d: toBase64Url(fromHex(secret)), x: toBase64Url(fromHex(publicHex)) };
  const privateKey = await crypto.subtle.importKey("jwk", jwk, { name: "X25519" }, false, ["deriveBits"]);
  return { privateKey, publicBytes: fromHex(publicHex) };
}

const ops = {
  async inclusion({ leaf_hash, index, size, path, root }) {
    return equal(await rootFromPath(fromHex(leaf_hash), index, size, path.map(fromHex)), fromHex(root));
  },
  async leaf({ leaf, leaf_hash, salt, body }) {
    const committed = await digest("body", fromHex(salt), fromHex(body));
    return hex(await leafHash(fromHex(leaf))) === leaf_hash && equal(committed, readLeaf(fromHex(leaf)).commitment);
  },
  async label({ person_key, n, label }) {
    return hex(await labelOf(fromHex(person_key), n)) === label;
  },
  async map({ root, label, proof }) {
    const steps = proof.steps.map(({ bit, sibling }) => ({ bit, sibling: fromHex(sibling) }));
    return (await mapHolds(fromHex(root), fromHex(label), { found: fromHex(proof.found), steps })) ? "present" : "absent";
  },
  async checkpoint({ note, verifier, origin, size, root }) {
    const parsed = parseNote(note);
    const key = await parseKey(verifier);
    const checkpoint = parseCheckpoint(parsed.text);
    const same = checkpoint.origin === origin && checkpoint.size === size && hex(checkpoint.root) === root;
    return same && checkpoint.origin === key.name && (await isSigned(parsed, key));
  },
  async cosignature({ text, line, verifier }) {
    return cosignedAt(parseNote(`${text}\n${line}`), await parseKey(verifier));
  },
  async open({ device, info, sealed }) {
    return hex(await openSealed(await deviceOf(device), fromHex(info), fromHex(sealed)));
  },
  async checks({ document, device, now }) {
    const proof = readProof(document);
    const states = {};
    await checkAll(proof, proof.records, device === null ? null : await deviceOf(device), (name, { state, says }) => { states[name] = says ? `${state}: ${says}` : state; }, now);
    return states;
  },
  async base64({ text }) {
    return hex(fromBase64(text));
  },
};

async function answerTo({ op, ...args }) {
  try {
    return { answer: await ops[op](args) };
  } catch (error) {
    return { error: error.message };
  }
}

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const answers = [];
for (const question of JSON.parse(Buffer.concat(chunks).toString())) answers.push(await answerTo(question));
console.log(JSON.stringify(answers));
