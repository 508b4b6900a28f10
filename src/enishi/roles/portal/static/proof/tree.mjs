// The log's Merkle tree (RFC 6962) and the 78-byte leaf.

import { concat, equal, readBigEndian, sha256 } from "./bytes.mjs";

export const INTENT = 1;
export const OUTCOME = 2;
export const LOOK = 4;
export const LATE_ENTRY = 5;
export const LABEL_MAP = 6;
export const WITHHELD = 8;
const CHANGE = 10;
const OF_THE_LOG = [LABEL_MAP, 7];
const LEAF_SIZE = 78;

export const leafHash = (leaf) => sha256(concat(Uint8Array.of(0), leaf));

const nodeHash = (left, right) => sha256(concat(Uint8Array.of(1), left, right));

// The root that a path leads to from a leaf (RFC 9162, 2.1.3.2); an error if the path has not the tree's length.
export async function rootFromPath(hash, index, size, path) {
  if (!(index >= 0 && index < size)) throw new Error("position");
  if (path.some((sibling) => sibling.length !== 32)) throw new Error("path");
  let node = index;
  let last = size - 1;
  let root = hash;
  for (const sibling of path) {
    if (last === 0) throw new Error("path too long");
    if (node % 2 === 1 || node === last) {
      root = await nodeHash(sibling, root);
      while (node % 2 === 0 && node !== 0) {
        node = Math.floor(node / 2);
        last = Math.floor(last / 2);
      }
    } else {
      root = await nodeHash(root, sibling);
    }
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  if (last !== 0) throw new Error("path too short");
  return root;
}

export async function isIncluded(leaf, index, checkpoint, path) {
  return equal(await rootFromPath(await leafHash(leaf), index, checkpoint.size, path), checkpoint.root);
}

// A leaf of a person (kinds 1 to 5 and 8 to 10) carries a label, a leaf of the log itself (6 and 7) carries zeros in its place.
// version u8 = 1 | epoch u32 | at_ms u64 | kind u8 | label 32 | commitment 32, big-endian
export function readLeaf(leaf) {
  if (leaf.length !== LEAF_SIZE || leaf[0] !== 1) throw new Error("leaf");
  const kind = leaf[13];
  const label = leaf.subarray(14, 46);
  if (kind < 1 || kind > CHANGE || OF_THE_LOG.includes(kind) === label.some((byte) => byte !== 0)) throw new Error("leaf");
  return { kind, label, commitment: leaf.subarray(46, 78) };
}

// The time of a leaf, milliseconds UTC.
export const timeOf = (leaf) => readBigEndian(leaf.subarray(5, 13));
