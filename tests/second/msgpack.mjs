// MessagePack as section 2 uses it: maps with text keys, arrays, integers in their shortest form, text, bin, booleans, nil.  Floats and extensions are refused.
import { concat, refuse, text, uint, utf8 } from "./bytes.mjs";

class Reader {
  constructor(bytes) {
    [this.bytes, this.at] = [bytes, 0];
  }

  take(length) {
    if (this.at + length > this.bytes.length) refuse("msgpack ends early");
    return this.bytes.subarray(this.at, (this.at += length));
  }

  count(length) {
    return this.take(length).reduce((value, byte) => value * 256 + byte, 0);
  }

  value() {
    const first = this.count(1);
    if (first < 0x80) return first;
    if (first < 0x90) return this.map(first & 15);
    if (first < 0xa0) return this.array(first & 15);
    if (first < 0xc0) return text(this.take(first & 31));
    if (first >= 0xe0) return first - 256;
    return this.long(first);
  }

  long(first) {
    const lengths = { 0xc4: 1, 0xc5: 2, 0xc6: 4, 0xcc: 1, 0xcd: 2, 0xce: 4, 0xcf: 8, 0xd0: 1, 0xd1: 2, 0xd2: 4, 0xd3: 8, 0xd9: 1, 0xda: 2, 0xdb: 4, 0xdc: 2, 0xdd: 4, 0xde: 2, 0xdf: 4 };
    if (first === 0xc0) return null;
    if (first === 0xc2 || first === 0xc3) return first === 0xc3;
    const length = lengths[first] ?? refuse("a float or an extension");
    if (first <= 0xc6) return this.take(this.count(length)).slice();
    if (first <= 0xcf) return whole(this.take(length), false);
    if (first <= 0xd3) return whole(this.take(length), true);
    if (first <= 0xdb) return text(this.take(this.count(length)));
    return first <= 0xdd ? this.array(this.count(length)) : this.map(this.count(length));
  }

  array(count) {
    const values = [];
    for (let i = 0; i < count; i++) values.push(this.value());
    return values;
  }

  map(count) {
    const members = new Map();
    for (let i = 0; i < count; i++) {
      const name = this.value();
      if (typeof name !== "string") refuse("a key is not text");
      members.set(name, this.value());
    }
    return members;
  }
}

function whole(bytes, signed) {
  const value = BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
  const read = Number(signed ? BigInt.asIntN(8 * bytes.length, value) : value);
  return Number.isSafeInteger(read) ? read : refuse("an integer beyond every form");
}

export function unpack(bytes) {
  const reader = new Reader(bytes);
  const value = reader.value();
  if (reader.at !== bytes.length) refuse("something behind the value");
  return value;
}

function head(length, fixed, ...codes) {
  if (fixed && length < fixed[1]) return new Uint8Array([fixed[0] | length]);
  const place = length < 256 && codes[0] ? 0 : length < 65536 ? 1 : 2;
  return concat(new Uint8Array([codes[place]]), uint(length, [1, 2, 4][place]));
}

function integer(value) {
  if (value >= -32 && value < 128) return new Uint8Array([value & 255]);
  const length = value < 0 ? [1, 2, 4, 8].find((n) => value >= -(2 ** (8 * n - 1))) : [1, 2, 4, 8].find((n) => value < 2 ** (8 * n));
  const place = Math.log2(length) + (value < 0 ? 0xd0 : 0xcc);
  return concat(new Uint8Array([place]), uint(BigInt.asUintN(64, BigInt(value)) & (2n ** BigInt(8 * length) - 1n), length));
}

export function pack(value) {
  if (value === null) return new Uint8Array([0xc0]);
  if (typeof value === "boolean") return new Uint8Array([value ? 0xc3 : 0xc2]);
  if (typeof value === "number") return integer(value);
  if (typeof value === "string") return concat(head(utf8(value).length, [0xa0, 32], 0xd9, 0xda, 0xdb), utf8(value));
  if (value instanceof Uint8Array) return concat(head(value.length, null, 0xc4, 0xc5, 0xc6), value);
  if (Array.isArray(value)) return concat(head(value.length, [0x90, 16], null, 0xdc, 0xdd), ...value.map(pack));
  return concat(head(value.size, [0x80, 16], null, 0xde, 0xdf), ...[...value].flatMap(([name, one]) => [pack(name), pack(one)]));
}
