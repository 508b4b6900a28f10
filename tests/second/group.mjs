// Sections 4.1 and 4.2: ristretto255, scalars, hashing.  Points stand here as objects of the library, scalars as BigInt.
import { RistrettoPoint, expand_message_xmd, sha512 } from "./packages.mjs";
import { concat, demand, frame, hex, refuse, utf8 } from "./bytes.mjs";

export const G = RistrettoPoint.BASE;
export const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

export const mod = (value) => ((value % ORDER) + ORDER) % ORDER;
const little = (bytes) => BigInt(`0x${hex(Uint8Array.from(bytes).reverse())}`);

export function decodePoint(bytes) {
  demand(bytes.length === 32 && bytes[31] < 128, "a point has 32 bytes and no top bit");
  let point;
  try {
    point = RistrettoPoint.fromHex(bytes);
  } catch {
    refuse("not a canonical point");
  }
  return some(point);
}

/** The neutral element is refused as input and as result. */
function some(point) {
  demand(!point.equals(RistrettoPoint.ZERO), "the neutral element");
  return point;
}

export const encode = (point) => Uint8Array.from(point.toRawBytes());

export function decodeScalar(bytes) {
  demand(bytes.length === 32, "a scalar has 32 bytes");
  const scalar = little(bytes);
  demand(scalar > 0n && scalar < ORDER, "a scalar outside 1…q-1");
  return scalar;
}

export function encodeScalar(scalar) {
  return Uint8Array.from(Buffer.from(scalar.toString(16).padStart(64, "0"), "hex")).reverse();
}

export function randomScalar() {
  return mod(little(crypto.getRandomValues(new Uint8Array(64)))) || randomScalar();
}

export const multiply = (scalar, point) => (demand(mod(scalar) !== 0n, "zero"), some(point.multiply(mod(scalar))));
export const add = (a, b) => some(a.add(b));
export const subtract = (a, b) => some(a.subtract(b));
export const sum = (points) => some(points.reduce((a, b) => a.add(b), RistrettoPoint.ZERO));

export function invert(scalar) {
  let [result, base, power] = [1n, mod(scalar), ORDER - 2n];
  for (; power > 0n; power >>= 1n, base = mod(base * base)) if (power & 1n) result = mod(result * base);
  return result;
}

const expand = (dst, message) => expand_message_xmd(message, dst, 64, sha512);

export const scalarUnder = (dst, message) => mod(little(expand(dst, message)));
export const groupUnder = (dst, message) => RistrettoPoint.hashToCurve(expand(dst, message));
export const pointFromUniform = (bytes) => RistrettoPoint.hashToCurve(bytes);
export const expandTo = (dst, message, length) => expand_message_xmd(message, dst, length, sha512);
export const hashToScalar = (use, ...parts) => scalarUnder(utf8(`enishi/v1/${use}`), frame(...parts));
export const hashToGroup = (use, ...parts) => groupUnder(utf8(`enishi/v1/${use}`), frame(...parts));

export const labelled = (label, context) => concat(utf8(label), context);
