// Appendix A: every form is read from the table of docs/protocol.md itself, and nothing about a form stands here beside its defaults.
import { readFileSync } from "node:fs";
import { base64, demand, demandLength, refuse, same, unbase64, utf8 } from "./bytes.mjs";
import * as json from "./json.mjs";
import * as msgpack from "./msgpack.mjs";

const PAGE = readFileSync(new URL("../../docs/protocol.md", import.meta.url), "utf8");

/** The body of the table whose head line begins so: rows of cells. */
function table(head) {
  const lines = PAGE.slice(PAGE.indexOf(`\n${head}`) + 1).split("\n");
  return lines.slice(2, lines.findIndex((line) => !line.startsWith("|"))).map((line) => line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim()));
}

const words = (cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, word]) => word);
const firsts = (head) => table(head).map((row) => words(row[0])[0]);
const CHOICES = { Kind: firsts("| `Kind` |"), Outcome: firsts("| `Outcome` |") };
const FORMS = new Map(table("| form | as |").map(([name, as, fields]) => [words(name)[0], { array: as === "array", fields: words(fields).map(field) }]));

function field(said) {
  const at = said.indexOf(": ");
  return { name: said.slice(0, at), type: said.slice(at + 2) };
}

// Section 2, "Defaults": what a reader takes for a member that is not there.
const EMPTY = { str: "", int: 0, bytes: new Uint8Array() };
const DEFAULTS = {
  Capacity: { until: null, delegated_by: "", law: "", citation: "" },
  Assessment: { kind: "", persons: null, staff: null, incident_on: null, exempt: "", outdated_on: null },
  Institution: { ordinances: [] },
  FoundingInstitution: { ordinances: [] },
  Snapshot: { gateways: [] },
  Verdict: { remedies: [] },
  Result: { value: null, fault: null },
  EnrolPerson: { individual_number: "", acquisition_number: "" },
  EnrolOperate: { exchange: EMPTY.bytes },
  Standing: { opened: null },
  Answer: { as_of: new Map(), absent: new Map() },
  SnapshotReply: { suspensions: [] },
  ViewAskReply: { offers: [], mandates: [] },
  ViewRequest: { mandate: undefined },
  View: { mandate: undefined },
  RepresentationTold: { kind: "", principal: "", representative: "", principal_name: "", representative_name: "", citation: "", until_ms: 0, scope: [] },
  SelfRequest: { letter: undefined, mandate: undefined },
  SelfStatement: { letter: undefined, mandate: undefined, represents: undefined },
  SignedOutcome: { outcome: EMPTY.bytes, place: 0, path: [] },
  SelfMessage: { letter: EMPTY.bytes },
  SelfNotice: { letter: EMPTY.bytes },
  SelfSeed: { letter: EMPTY.bytes },
  HandedAsk: { without: [] },
  AgentsAsk: { without: [] },
  Event: { told: undefined },
  RecordBody: Object.fromEntries(
    FORMS.get("RecordBody").fields.filter(({ name }) => !["kind", "item_id", "txid", "at_ms"].includes(name)).map(({ name, type }) => [name, empty(name, type)]),
  ),
};
const CANONICAL = new Set(["Statement", "ReceiptRoot", "Receipt", "OutcomeRoot", "GivenOutcome", "EnrolBatch", "View", "Suspension", "JoinRequest", "Admission", "EventNote", "SelfRequest", "SelfStatement", "NumberOffer", "MandateOffer", "MandateAcceptance", "AgentMandate"]);

// What a writer leaves out where it is empty (appendix A, "left out").
const LEFT_OUT = {
  Assessment: Object.keys(DEFAULTS.Assessment),
  Institution: ["ordinances"],
  Snapshot: ["gateways"],
  SnapshotReply: ["suspensions"],
  ViewAskReply: ["offers", "mandates"],
  RepresentationTold: ["kind", "principal", "representative", "principal_name", "representative_name", "citation", "until_ms", "scope"],
  SignedOutcome: ["outcome", "place", "path"],
  SelfMessage: ["letter"],
  SelfNotice: ["letter"],
  SelfSeed: ["letter"],
  HandedAsk: ["without"],
  AgentsAsk: ["without"],
  Answer: ["as_of", "absent"],
};
const isEmpty = (value) => value === null || value === "" || value === 0 || value.length === 0 || value.size === 0;

function empty(name, type) {
  if (name === "v") return 1;
  if (name === "original_index") return -1;
  if (type.endsWith(" or absent")) return undefined;
  return type.endsWith("or null") ? null : type.endsWith("[]") ? [] : EMPTY[type];
}

/** Value of the wire → value of a program, by the type that the page writes. */
function take(type, value, wire, of) {
  if (type.endsWith(" or null")) return value === null ? null : take(type.slice(0, -8), value, wire, of);
  if (type.endsWith(" or absent")) return take(type.slice(0, -10), value, wire, of);
  if (type.startsWith("map of ")) {
    demand(value instanceof Map, "a map");
    return new Map([...value].map(([name, one]) => [name, take(type.slice(7), one, wire, of)]));
  }
  if (type.endsWith("[]")) {
    demand(Array.isArray(value), "an array");
    return value.map((one) => take(type.slice(0, -2).replace(/^\((.*)\)$/, "$1"), one, wire, of));
  }
  return type === "str int" ? pair(value) : single(type, value, wire, of);
}

function pair(value) {
  demand(Array.isArray(value) && value.length === 2 && typeof value[0] === "string" && Number.isInteger(value[1]), "a pair");
  return value;
}

function single(type, value, wire, of) {
  if (type === "T") return take(of, value, wire);
  if (FORMS.has(type)) return fromWire(type, value, wire, of);
  if (type.startsWith("bytes")) return bytes(type, value, wire);
  if (type === "JSON" || type === "Ordinance") return value;
  if (type === "int") return demand(Number.isSafeInteger(value), "an integer"), value;
  if (type === "bool") return demand(typeof value === "boolean", "a boolean"), value;
  demand(typeof value === "string", "text");
  if (type === "date") demand(/^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value)), "a date");
  const choices = CHOICES[type] ?? (type.includes("/") ? type.split("/") : null);
  demand(choices === null || choices.includes(value), `none of ${choices}`);
  return value;
}

function bytes(type, value, wire) {
  if (wire === "json") demand(typeof value === "string", "base64");
  const read = wire === "json" ? unbase64(value, false) : value;
  demand(read instanceof Uint8Array, "bytes");
  const [, length] = /^bytes\[(\d+)\]$/.exec(type) ?? [];
  if (length !== undefined) demandLength(read, Number(length), type);
  return read;
}

function fromWire(name, value, wire, of) {
  const { array, fields } = FORMS.get(name);
  if (array) {
    demand(Array.isArray(value) && value.length === fields.length, `${name} is an array of ${fields.length}`);
    return Object.fromEntries(fields.map((one, i) => [one.name, take(one.type, value[i], wire, of)]));
  }
  demand(value instanceof Map, `${name} is a map`);
  const unknown = [...value.keys()].filter((key) => !fields.some((one) => one.name === key));
  demand(unknown.length === 0, `${name} has no ${unknown}`);
  return Object.fromEntries(fields.map((one) => [one.name, value.has(one.name) ? take(one.type, value.get(one.name), wire, of) : absent(name, one)]));
}

function absent(name, { name: member }) {
  const defaults = DEFAULTS[name] ?? {};
  return member in defaults ? defaults[member] : refuse(`${name}.${member} is missing`);
}

/** Value of a program → value of the wire. */
function give(type, value, wire, of) {
  if (value === null) return null;
  if (type.endsWith(" or null")) return give(type.slice(0, -8), value, wire, of);
  if (type.endsWith(" or absent")) return give(type.slice(0, -10), value, wire, of);
  if (type.startsWith("map of ")) return new Map([...value].map(([name, one]) => [name, give(type.slice(7), one, wire, of)]));
  if (type.endsWith("[]")) return value.map((one) => give(type.slice(0, -2).replace(/^\((.*)\)$/, "$1"), one, wire, of));
  if (type === "T") return give(of, value, wire);
  if (FORMS.has(type)) return toWire(type, value, wire, of);
  return value instanceof Uint8Array && wire === "json" ? base64(value) : value;
}

function toWire(name, value, wire, of) {
  const { array, fields } = FORMS.get(name);
  const written = ({ name: member }) => value[member] !== undefined && !(LEFT_OUT[name]?.includes(member) && isEmpty(value[member]));
  const given = fields.filter(written).map((one) => [one.name, give(one.type, value[one.name], wire, of)]);
  return array ? given.map(([, one]) => one) : new Map(given);
}

/** A form with its defaults where nothing is given. */
export const filled = (name, given) => ({ ...DEFAULTS[name], ...given });

/** Read a form from its msgpack bytes; `of` says what T is in `Batch`, `Results` and `Result`. */
export const unpack = (name, encoded, of) => fromWire(name, msgpack.unpack(encoded), "msgpack", of);
export const pack = (name, value, of) => msgpack.pack(toWire(name, value, "msgpack", of));
export const write = (name, value) => utf8(json.stringify(toWire(name, value, "json")));

/** Read a form from its JSON bytes; a signed form must have its one encoding. */
export function read(name, encoded) {
  const value = fromWire(name, json.parse(encoded, name !== "Snapshot"), "json");
  if (CANONICAL.has(name)) demand(same(write(name, value), encoded), `${name} is not in its one encoding`);
  return value;
}
