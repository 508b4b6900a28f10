// Strict JSON (RFC 8259, section 2 of the page): numbers are integers without fraction or exponent, nothing stands behind the value.
// Objects become Maps, so that a member of any name keeps its place; `twice` says whether a member may be given twice.
import { refuse, text } from "./bytes.mjs";

const TOKEN = /[ \t\n\r]*(?:([{}[\],:])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)|(true|false|null))/y;

class Reader {
  constructor(source, twice) {
    [this.source, this.at, this.twice] = [source, 0, twice];
  }

  take() {
    TOKEN.lastIndex = this.at;
    const found = TOKEN.exec(this.source) ?? refuse("not JSON");
    this.at = TOKEN.lastIndex;
    return found;
  }

  peek() {
    const at = this.at;
    const found = this.take();
    this.at = at;
    return found;
  }

  value(depth = 0) {
    if (depth > 100) refuse("nested too deep");
    const [, mark, string, number, word] = this.take();
    if (mark === "{") return this.object(depth);
    if (mark === "[") return this.array(depth);
    if (string !== undefined) return JSON.parse(string);
    if (number !== undefined) return /^-?[0-9]+$/.test(number) ? Number(number) : new Fraction(number);
    return word === undefined ? refuse("not JSON") : JSON.parse(word);
  }

  object(depth) {
    const members = new Map();
    if (this.peek()[1] === "}") return this.take(), members;
    for (;;) {
      const name = JSON.parse(this.take()[2] ?? refuse("a name must be a string"));
      if (members.has(name) && !this.twice) refuse(`${name} stands twice`);
      if (this.take()[1] !== ":") refuse("not JSON");
      members.set(name, this.value(depth + 1));
      const mark = this.take()[1];
      if (mark === "}") return members;
      if (mark !== ",") refuse("not JSON");
    }
  }

  array(depth) {
    const values = [];
    if (this.peek()[1] === "]") return this.take(), values;
    for (;;) {
      values.push(this.value(depth + 1));
      const mark = this.take()[1];
      if (mark === "]") return values;
      if (mark !== ",") refuse("not JSON");
    }
  }
}

/** A number that no form of the page has. */
export class Fraction {
  constructor(source) {
    this.source = source;
  }
}

export function parse(bytes, twice = true) {
  const reader = new Reader(text(bytes), twice);
  const value = reader.value();
  if (/[^ \t\n\r]/.test(reader.source.slice(reader.at))) refuse("something behind the value");
  return value;
}

export function stringify(value) {
  if (value instanceof Map) return `{${[...value].map(([name, one]) => `${JSON.stringify(name)}:${stringify(one)}`).join(",")}}`;
  if (Array.isArray(value)) return `[${value.map(stringify).join(",")}]`;
  return value instanceof Fraction ? value.source : JSON.stringify(value);
}
