// The vectors of proofs, steps, conversions and hops.
import { equal, hex, unhex } from "./bytes.mjs";
import * as group from "./group.mjs";
import * as proofs from "./proofs.mjs";

const point = (said) => group.decodePoint(unhex(said));
const scalar = (said) => group.decodeScalar(unhex(said));
const back = (one) => (one === null ? "" : hex(group.encode(one)));
const row = ([r, b, u]) => ({ R: point(r), B: point(b), U: point(u) });
const blinded = ([r, b, u]) => ({ R: point(r), B: b === "" ? null : point(b), U: point(u) });

/** A form of hex texts, lists of them, and proofs. */
export function structure(said) {
  if (typeof said === "string") return unhex(said);
  if (Array.isArray(said)) return said.map(structure);
  return Object.fromEntries(Object.entries(said).map(([name, one]) => [name, structure(one)]));
}

const REFUSED = {
  dleq: (one) => proofs.verify(point(one.a), point(one.b), one.pairs.map((pair) => pair.map(point)), proofs.decodeProof(unhex(one.proof)), unhex(one.context)),
  possession: (one) => proofs.checkPossession(point(one.public), unhex(one.proof), unhex(one.context)),
  pi: (one) => proofs.checkPi(unhex(one.txid), point(one.z_b), point(one.z_u), one.rows.map(row), unhex(one.pi)),
};

function step(one) {
  const elements = one.elements.map(([r, c]) => ({ R: point(r), C: point(c) }));
  const keys = { root: point(one.root), share: point(one.share), layer: point(one.layer) };
  const after = proofs.checkStep(elements, structure(one.step), keys, unhex(one.context));
  equal(after.map(({ R, C }) => [back(R), back(C)]).join(), one.after.join(), "elements that follow");
}

function conversion(one) {
  const s = Object.fromEntries(Object.entries(one.secrets).map(([name, said]) => [name, scalar(said)]));
  const delta = (target, operator) => group.mod(s[`s_${target}_${operator}`] * group.invert(s[`s_A_${operator}`]));
  const given = proofs.admit(row(one.row), s.beta, s.k_k, s.y_u, one.permit);
  const returned = proofs.exchangeStep(given, s.k_x, one.permit ? delta("B", "x") : null, delta("U", "x"));
  equal([given.R, given.B, given.U].map(back).join(), one.given.join(), "what the keeper gives");
  equal([returned.R, returned.B, returned.U].map(back).join(), one.returned.join(), "what the exchange returns");
  equal(back(proofs.commitTag(returned, s.beta, delta("U", "k"))), one.tag, "tag");
  if (!one.permit) return;
  const pair = proofs.commitPair(returned, s.beta, delta("B", "k"));
  equal(pair.map(back).join(), one.pair.join(), "pair");
  equal(back(proofs.open(s.y_b, ...pair)), one.code, "code at B");
}

function hop(one) {
  const [from, to, layer] = [one.from, one.to, one.layer].map(point);
  const [given, returned, context] = [blinded(one.given), blinded(one.returned), unhex(one.context)];
  if (one.operator === "exchange") return proofs.checkExchangeHop(given, returned, structure(one.hop), from, to, layer, context);
  const pair = { R: point(one.pair[0]), C: point(one.pair[1]) };
  return proofs.checkKeeperHop(row(one.row), given, returned, pair, structure(one.hop), from, to, layer, context);
}

// ---- algebra.json: every element of one person's enrolment and of one conversion, by name

function enrolled(v, s, target) {
  const root = group.mod(s.s_root_x * s.s_root_k * s[`s_${target}_x`] * s[`s_${target}_k`]);
  const [at, ...steps] = v[`enrol_${target}`].transcript;
  const first = { R: group.multiply(s.r_enrol, group.G), C: group.add(point(v.M), group.multiply(s.r_enrol, point(v.keys[`Z_${target}`]))) };
  equal([first.R, first.C].map(back).join(), [at.R, at.C].join(), "R, C");
  let element = first;
  steps.forEach((said, i) => {
    const j = "xk"[i];
    const made = proofs.operate([element], { root: s[`s_root_${j}`], share: s[`s_${target}_${j}`], layer: s[`k_${j}`] }, unhex(""));
    equal([made.E, made.R[0], made.C_star[0], made.D[0]].map(hex).join(), [said.E, said.R, said.C_star, said.D].join(), "a step");
    element = { R: group.decodePoint(made.R[0]), C: group.subtract(group.decodePoint(made.C_star[0]), group.decodePoint(made.D[0])) };
    equal(back(element.C), said.C, "C");
  });
  const opened = proofs.open(s[`y_${target}`], element.R, element.C);
  equal(back(opened), v[`enrol_${target}`].opened, "opened");
  equal(back(group.multiply(root, point(v.M))), v[`enrol_${target}`].opened, "the code");
}

function keys(v, s) {
  for (const name of ["K_x", "K_k", "Y_A", "Y_B", "Y_U"]) equal(back(group.multiply(s[name.replace("K", "k").replace("Y", "y")], group.G)), v.keys[name], name);
  equal(back(group.add(point(v.keys.K_x), point(v.keys.K_k))), v.keys.K, "K");
  for (const name of "ABU") equal(back(group.add(point(v.keys[`Y_${name}`]), point(v.keys.K))), v.keys[`Z_${name}`], `Z_${name}`);
}

function converted(v, s) {
  const delta = (target, j) => group.mod(s[`s_${target}_${j}`] * group.invert(s[`s_A_${j}`]));
  const { row: made } = proofs.blind(point(v.codes.P_A), point(v.keys.Z_B), point(v.keys.Z_U), s.r);
  const shown = ({ R, B, U }) => [R, B, U].map(back).join();
  const said = Object.fromEntries(Object.entries(v.convert_A_B).map(([name, one]) => [name, typeof one === "string" ? one : Object.values(one).join()]));
  equal(`${shown(made)},${back(group.subtract(point(v.keys.Z_B), point(v.keys.Z_U)))}`, said.inquirer, "the row and H");
  const given = proofs.admit(made, s.beta, s.k_k, s.y_U, true);
  equal(shown(given), said.keeper_admits, "admitted");
  const returned = proofs.exchangeStep(given, s.k_x, delta("B", "x"), delta("U", "x"));
  equal(shown(returned), said.exchange, "returned");
  const pair = proofs.commitPair(returned, s.beta, delta("B", "k"));
  equal([proofs.commitTag(returned, s.beta, delta("U", "k")), ...pair].map(back).sort().join(), said.keeper_commits.split(",").sort().join(), "committed");
  equal(back(proofs.open(s.y_B, ...pair)), said.provider_opens, "opened");
}

export function algebra(v) {
  const s = Object.fromEntries(Object.entries(v.scalars).map(([name, said]) => [name, scalar(said)]));
  return [keys, (...both) => enrolled(...both, "A"), (...both) => enrolled(...both, "U"), converted].map((run) => ({ run: () => run(v, s) }));
}

export const LINKAGE = { refused: (one) => REFUSED[one.sort](one), step, conversion, hop };
