// A person's labels, and the public map of all labels: a compact radix tree in which presence and absence are proofs of one form.

import { bigEndian, concat, digest, equal, sha256 } from "./bytes.mjs";

export const labelOf = (personKey, n) => digest("label", personKey, bigEndian(n, 8));

const bitOf = (label, bit) => (label[bit >> 3] >> (7 - (bit & 7))) & 1;

// Whether the map of this root holds the label; an error if the proof shows neither.
export async function mapHolds(root, label, proof) {
  checkForm(label, proof);
  if (!equal(await fold(label, proof), root)) throw new Error("label proof");
  return equal(proof.found, label);
}

async function fold(label, { found, steps }) {
  if (found.length === 0) return new Uint8Array(32);
  let hash = await sha256(concat(Uint8Array.of(2), found));
  for (const { bit, sibling } of steps) {
    const side = bitOf(label, bit);
    if (side !== bitOf(found, bit)) throw new Error("the leaf is not on the label's way");
    const sides = side ? [sibling, hash] : [hash, sibling];
    hash = await sha256(concat(Uint8Array.of(3), bigEndian(bit, 2), ...sides));
  }
  return hash;
}

function checkForm(label, { found, steps }) {
  const falling = steps.every(({ bit }, i) => Number.isInteger(bit) && bit >= 0 && bit < 256 && (i === 0 || steps[i - 1].bit > bit));
  const sized = found.length === 32 || (found.length === 0 && steps.length === 0);
  if (label.length !== 32 || !falling || !sized || steps.some(({ sibling }) => sibling.length !== 32)) throw new Error("label proof form");
}
