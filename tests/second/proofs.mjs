// Sections 4.3 to 4.5: equality of logarithms (RFC 9497), π, possession; and what sections 9, 11 and 13.2 compute and prove with them.
import { sha512 } from "./packages.mjs";
import { concat, demand, demandLength, digest, frame, refuse, same, u64, uint, utf8 } from "./bytes.mjs";
import { G, add, decodePoint, decodeScalar, encode, encodeScalar, hashToScalar, invert, labelled, mod, multiply, randomScalar, scalarUnder, subtract, sum } from "./group.mjs";

const MAX_PAIRS = 65535;
const lengths = (...parts) => concat(...parts.flatMap((part) => [uint(part.length, 2), part]));

// ---- 4.3

export function contextString(context, A, B, pairs) {
  return concat(utf8("enishi/v1/dleq/"), digest("dleq-batch", context, ...[A, B, ...pairs.flat()].map(encode)));
}

function weights(B, pairs, string) {
  demand(pairs.length > 0 && pairs.length <= MAX_PAIRS, "number of pairs");
  const seed = sha512(lengths(encode(B), labelled("Seed-", string)));
  const dst = labelled("HashToScalar-", string);
  return pairs.map(([C, D], i) => scalarUnder(dst, concat(lengths(seed), uint(i, 2), lengths(encode(C), encode(D)), utf8("Composite"))));
}

function challenge(string, ...points) {
  return scalarUnder(labelled("HashToScalar-", string), concat(lengths(...points.map(encode)), utf8("Challenge")));
}

const weighted = (many, points) => sum(points.map((point, i) => point.multiply(many[i])));

/** GenerateProof under a bare context string: {c, s}, scalars. */
export function generate(k, A, B, pairs, string, nonce) {
  const M = weighted(weights(B, pairs, string), pairs.map(([C]) => C));
  const c = challenge(string, B, M, multiply(k, M), multiply(nonce, A), multiply(nonce, M));
  return { c, s: mod(nonce - c * k) };
}

export function examine(A, B, pairs, { c, s }, string) {
  const d = weights(B, pairs, string);
  const [M, Z] = [weighted(d, pairs.map(([C]) => C)), weighted(d, pairs.map(([, D]) => D))];
  const made = challenge(string, B, M, Z, add(multiply(s, A), multiply(c, B)), add(multiply(s, M), multiply(c, Z)));
  demand(made === c, "the proof of equal logarithms is false");
}

export function prove(k, A, pairs, context, nonce = randomScalar()) {
  const B = multiply(k, A);
  return generate(k, A, B, pairs, contextString(context, A, B, pairs), nonce);
}

export const verify = (A, B, pairs, proof, context) => examine(A, B, pairs, proof, contextString(context, A, B, pairs));

/** c ‖ s, 64 bytes. */
export function decodeProof(bytes) {
  demandLength(bytes, 64, "a proof");
  return { c: decodeScalar(bytes.subarray(0, 32)), s: decodeScalar(bytes.subarray(32)) };
}

export const encodeProof = ({ c, s }) => concat(encodeScalar(c), encodeScalar(s));
const fromForm = ({ c, s }) => ({ c: decodeScalar(c), s: decodeScalar(s) });
const toForm = ({ c, s }) => ({ c: encodeScalar(c), s: encodeScalar(s) });

// ---- 4.4

function piSums(txid, rows) {
  const d = rows.map((_, i) => digest("pi-coef", txid, u64(i)).subarray(0, 16)).map((first) => BigInt(`0x${Buffer.from(first).reverse().toString("hex")}`));
  return [d, weighted(d, rows.map(({ R }) => R)), weighted(d, rows.map(({ B, U }) => subtract(B, U)))];
}

const piChallenge = (txid, ...points) => hashToScalar("pi", txid, ...points.map(encode));

export function provePi(txid, ZB, ZU, rows, secrets, w = randomScalar()) {
  const H = subtract(ZB, ZU);
  const [d, X, W] = piSums(txid, rows);
  const rho = mod(d.reduce((total, one, i) => total + one * secrets[i], 0n));
  const c = piChallenge(txid, ZB, ZU, X, W, multiply(w, G), multiply(w, H));
  return encodeProof({ c, s: mod(w - c * rho) });
}

export function checkPi(txid, ZB, ZU, rows, pi) {
  const { c, s } = decodeProof(pi);
  const [, X, W] = piSums(txid, rows);
  const H = subtract(ZB, ZU);
  const made = piChallenge(txid, ZB, ZU, X, W, add(multiply(s, G), multiply(c, X)), add(multiply(s, H), multiply(c, W)));
  demand(made === c, "π is false");
}

// ---- 4.5

export const possessionContext = (owner, key, epoch) => frame(utf8("possession"), utf8(owner), utf8(key), u64(epoch));

export function provePossession(secret, context, nonce = randomScalar()) {
  const c = hashToScalar("possession", context, encode(multiply(secret, G)), encode(multiply(nonce, G)));
  return encodeProof({ c, s: mod(nonce - c * secret) });
}

export function checkPossession(point, proof, context) {
  const { c, s } = decodeProof(proof);
  const made = hashToScalar("possession", context, encode(point), encode(add(multiply(s, G), multiply(c, point))));
  demand(made === c, "the key is not proven");
}

// ---- 9

export const stepContext = (payload, operator) => digest("enrol-step", payload, utf8(operator));

/** Operator: turn and strip every (R, C); secrets are {root, share, layer}. */
export function operate(elements, { root, share, layer }, context) {
  const e = mod(root * share);
  const R = elements.map((one) => multiply(e, one.R));
  const Cstar = elements.map((one) => multiply(e, one.C));
  const D = R.map((one) => multiply(layer, one));
  const turns = elements.flatMap((one, i) => [[one.R, R[i]], [one.C, Cstar[i]]]);
  return {
    E: encode(multiply(e, G)),
    E_proof: toForm(prove(root, G, [[multiply(share, G), multiply(e, G)]], context)),
    R: R.map(encode),
    C_star: Cstar.map(encode),
    D: D.map(encode),
    turn_proof: toForm(prove(e, G, turns, context)),
    layer_proof: toForm(prove(layer, G, R.map((one, i) => [one, D[i]]), context)),
  };
}

/** Check an operator's step; keys are {root, share, layer}, points.  Returns the elements that follow. */
export function checkStep(elements, step, keys, context) {
  demand([step.R, step.C_star, step.D].every((many) => many.length === elements.length), "elements in the step");
  const [E, R, Cstar, D] = [decodePoint(step.E), ...[step.R, step.C_star, step.D].map((many) => many.map(decodePoint))];
  verify(G, keys.root, [[keys.share, E]], fromForm(step.E_proof), context);
  verify(G, E, elements.flatMap((one, i) => [[one.R, R[i]], [one.C, Cstar[i]]]), fromForm(step.turn_proof), context);
  verify(G, keys.layer, R.map((one, i) => [one, D[i]]), fromForm(step.layer_proof), context);
  return R.map((one, i) => ({ R: one, C: subtract(Cstar[i], D[i]) }));
}

export const open = (secret, R, C) => subtract(C, multiply(secret, R));

// ---- 10, 11

export function blind(code, ZB, ZU, r = randomScalar()) {
  return { row: { R: multiply(r, G), B: add(code, multiply(r, ZB)), U: add(code, multiply(r, ZU)) }, r };
}

export function beta(secret, txid, i) {
  return hashToScalar("beta", secret, txid, u64(i)) || 1n;
}

/** Keeper, 11.2 (6). */
export function admit({ R, B, U }, b, layer, audit, permitted) {
  return {
    R: multiply(b, R),
    B: permitted ? multiply(b, subtract(B ?? refuse("no C_B"), multiply(layer, R))) : null,
    U: multiply(b, subtract(U, multiply(layer + audit, R))),
  };
}

/** Exchange, 11.3; deltaB is null where there is no permit. */
export function exchangeStep({ R, B, U }, layer, deltaB, deltaU) {
  const D = multiply(layer, R);
  const next = multiply(deltaU, subtract(U, D));
  if (B === null || deltaB === null) return { R, B: null, U: next };
  return { R: multiply(deltaB, R), B: multiply(deltaB, subtract(B, D)), U: next };
}

/** Keeper, 11.4 (2). */
export const commitTag = ({ U }, b, deltaU) => multiply(mod(deltaU * invert(b)), U);
export const commitPair = ({ R, B }, b, deltaB) => [R, B].map((one) => multiply(mod(deltaB * invert(b)), one));

// ---- 13.2

export function proveExchangeHop(given, returned, deltaB, shareA, layer, context) {
  const Cstar = multiply(deltaB, given.B);
  return {
    C_star: encode(Cstar),
    turn_proof: toForm(prove(deltaB, shareA, [[given.R, returned.R], [given.B, Cstar]], context)),
    layer_proof: toForm(prove(layer, G, [[returned.R, subtract(Cstar, returned.B)]], context)),
  };
}

export function checkExchangeHop(given, returned, hop, shareA, shareB, layer, context) {
  const Cstar = decodePoint(hop.C_star);
  verify(shareA, shareB, [[given.R, returned.R], [given.B, Cstar]], fromForm(hop.turn_proof), context);
  verify(G, layer, [[returned.R, subtract(Cstar, returned.B)]], fromForm(hop.layer_proof), context);
}

export function checkKeeperHop(row, given, returned, pair, hop, shareA, shareB, layer, context) {
  const [Cstar, F] = [decodePoint(hop.C_star), decodePoint(hop.F)];
  verify(row.R, given.R, [[row.B, Cstar], [shareA, F]], fromForm(hop.blind_proof), context);
  verify(G, layer, [[given.R, subtract(Cstar, given.B)]], fromForm(hop.layer_proof), context);
  verify(F, shareB, [[returned.R, pair.R], [returned.B, pair.C]], fromForm(hop.turn_proof), context);
}

export { same };
