// What law keeps from a person for now (Number Act Art. 23(2)): how such a record is shown, and the note that must say so.

import { textOf } from "./bytes.mjs";
import { timeOf } from "./tree.mjs";

// The items of Article 78(1) of the Act on the Protection of Personal Information (docs/protocol.md, 16.3), and the furthest end of a note.
const MARKS = /^withheld-ground:415AC0000000057#78-1-[1-7]\nwithheld-until:([1-9][0-9]{0,14})$/;
const NOTE_MS = (366 * 24 * 60 + 5) * 60 * 1000;

const EMPTY = {
  v: 1, kind: "intent", item_id: "", txid: "", at_ms: 0, inquirer: "", provider: "", affair: null, affair_name: "", purpose_item: "", items: [], period: "",
  relation: "", basis: [], grounds: [], outcome: "", deadline_ms: 0, face: "", marks: ["withheld"], original_index: -1,
};

// A record shown without its content: no salt, and a text that says "withheld", the leaf's own time, and nothing else.
export function isBare({ salt, body, leaf }) {
  return salt.length === 0 && textOf(body) === JSON.stringify({ ...EMPTY, at_ms: timeOf(leaf) });
}

// Whether a note's text is one that the law lets the operators write, for a leaf before it, and covers the time of the look.
export function lawfulNote({ index, leaf, body }, lookMs) {
  const said = JSON.parse(textOf(body));
  const found = MARKS.exec(said.marks.join("\n"));
  const atMs = timeOf(leaf);
  if (found === null || said.original_index >= index || Number(found[1]) <= lookMs || Number(found[1]) > atMs + NOTE_MS) return false;
  return textOf(body) === JSON.stringify({ ...EMPTY, kind: "withheld", at_ms: atMs, marks: said.marks, original_index: said.original_index });
}
