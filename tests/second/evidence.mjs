// Section 17: the fifteen checks of a bundle, by name; a check that cannot be computed has failed.
import { readBody } from "./citizen.mjs";
import { Refusal, demand, digest, same, utf8 } from "./bytes.mjs";
import * as forms from "./forms.mjs";
import * as log from "./log.mjs";
import * as messages from "./messages.mjs";
import { openEnvelope, payloadType } from "./seal.mjs";

/** The names of the checks that fail, in their order. */
export function failed(bundle, pins) {
  const facts = new Facts(bundle);
  return Object.entries(CHECKS).filter(([, check]) => fails(() => check(bundle, facts, pins))).map(([name]) => name);
}

function fails(check) {
  try {
    check();
    return false;
  } catch (error) {
    if (error instanceof Refusal) return true;
    throw error;
  }
}

/** What the bundle says, read but not believed. */
class Facts {
  constructor(bundle) {
    this.bundle = bundle;
  }

  get snapshot() {
    return forms.read("Snapshot", this.bundle.registry.payload);
  }

  get registry() {
    return new messages.Registry(this.snapshot, digest("registry", this.bundle.registry.payload));
  }

  get statement() {
    return messages.readStatement(this.bundle.statement.payload);
  }

  get txid() {
    return messages.txidOf(this.bundle.statement.payload);
  }

  get item() {
    return messages.itemOf(this.txid, this.bundle.place);
  }

  get receipt() {
    return forms.read("Receipt", this.bundle.receipt.receipt);
  }

  get note() {
    return log.parseNote(utf8(this.bundle.checkpoint));
  }

  get checkpoint() {
    const [, size, root] = this.note.text.split("\n");
    return { size: Number(size), root: Uint8Array.from(Buffer.from(root, "base64")) };
  }

  outcome(one) {
    return messages.saidIn(one.outcome);
  }
}

function included({ leaf, index, inclusion }, { size, root }) {
  log.checkInclusion(log.leafHash(leaf), index, size, inclusion, root);
}

function opened({ leaf, opened: shown }, [kind, outcome], bundle, facts) {
  if (shown === null) return;
  log.checkBody(log.decodeLeaf(leaf), shown.salt, shown.body);
  const [body, statement] = [readBody(shown.body), facts.statement];
  demand(same(body.item_id, facts.item) && same(body.txid, facts.txid) && body.kind === kind && body.outcome === outcome, "a body of another item");
  demand(body.inquirer === statement.inquirer && body.provider === statement.provider, "a body of other parties");
  if (kind === "outcome") return;
  const asked = ({ affair, purpose_item, items }, { period, relation }) => JSON.stringify([affair, purpose_item, items, period, relation]);
  demand(asked(body, body) === asked(statement, bundle.row), "a body of another question");
}

const MEANT = { permit: ["intent", ""], refusal: ["refusal", ""], unplaced: ["refusal", "unavailable"] };

const CHECKS = {
  "registry-signed": (bundle, facts, pins) => messages.checkSnapshot(bundle.registry, pins),
  "statement-signed": (bundle, facts) => {
    const { inquirer, inquirer_epoch: epoch } = facts.statement;
    openEnvelope(bundle.statement, payloadType("statement"), facts.registry.signing, [messages.keyid(inquirer, epoch)]);
  },
  "registry-named": (bundle, facts) => demand(same(facts.statement.registry, facts.registry.digest) && same(facts.statement.law, facts.snapshot.law), "another registry"),
  "item-id": (bundle, facts) => {
    demand(bundle.place >= 0 && bundle.place < facts.statement.count && same(facts.receipt.item_id, facts.item), "another item");
  },
  "row-bound": (bundle, facts) => log.checkInclusion(messages.rowLeaf(bundle.row), bundle.place, facts.statement.count, bundle.path, facts.statement.rows),
  "receipt-signed": (bundle, facts) => messages.checkReceipt(bundle.receipt, facts.snapshot.keeper.signing),
  "receipt-fits": (bundle, facts) => {
    const receipt = facts.receipt;
    messages.checkParties(receipt, facts.statement, receipt.item_id);
    demand(receipt.verdict in MEANT && (receipt.verdict === "permit") === (receipt.pair_hash.length > 0), "verdict and pair");
  },
  "leaf-named": (bundle, facts) => {
    const [receipt, leaf] = [facts.receipt, log.decodeLeaf(bundle.record.leaf)];
    demand(same(receipt.leaf_hash, log.leafHash(bundle.record.leaf)) && receipt.index === bundle.record.index, "another leaf");
    demand(leaf.kind === (receipt.verdict === "permit" ? log.KINDS.INTENT : log.KINDS.REFUSAL), "kind of the leaf");
    demand(leaf.epoch === receipt.audit_epoch && leaf.at_ms === receipt.at_ms, "epoch or time of the leaf");
  },
  "leaf-included": (bundle, facts) => included(bundle.record, facts.checkpoint),
  "checkpoint-signed": (bundle, facts) => {
    const state = log.openCheckpoint(facts.note, log.parseVerifier(facts.snapshot.log_key));
    demand(state.origin === facts.snapshot.log_origin, "another origin");
  },
  "checkpoint-cosigned": (bundle, facts) => cosigned(facts.note, facts.snapshot),
  "outcomes-signed": (bundle, facts) => outcomes(bundle, facts),
  "outcomes-included": (bundle, facts) => later(bundle, facts),
  "bodies-open": (bundle, facts) => {
    opened(bundle.record, MEANT[facts.receipt.verdict] ?? ["refusal", ""], bundle, facts);
    bundle.outcomes.forEach((one) => opened(one.standing, ["outcome", facts.outcome(one).kind], bundle, facts));
  },
  "answer-named": (bundle, facts) => {
    if (bundle.answer.length === 0) return;
    demand(bundle.outcomes.length > 0 && same(facts.outcome(bundle.outcomes.at(-1)).answer_hash, digest("answer", bundle.answer)), "another answer");
  },
};

function cosigned(note, { witnesses, witness_quorum: quorum }) {
  const known = witnesses.map((one) => log.parseVerifier(one.verifier_key));
  const seen = known.filter((witness) => {
    const lines = note.signatures.filter((line) => line.name === witness.name && same(line.id, witness.id));
    lines.forEach((line) => log.checkCosignature(note.text, line, witness));
    return lines.length > 0;
  });
  demand(seen.length >= quorum, "too few witnesses");
}

function outcomes(bundle, facts) {
  let before = null;
  for (const one of bundle.outcomes) {
    const said = messages.checkOutcome(one.outcome, facts.registry.signing);
    const { provider, provider_epoch: epoch } = facts.statement;
    demand(said.provider === provider && said.provider_epoch === epoch && same(said.item_id, facts.item), "another item");
    demand(facts.receipt.verdict === "permit", "an outcome without a permit");
    messages.checkTransition(before, said.kind);
    before = said.kind;
  }
}

function later(bundle, facts) {
  let last = bundle.record.index;
  for (const { standing } of bundle.outcomes) {
    const leaf = log.decodeLeaf(standing.leaf);
    demand(leaf.kind === log.KINDS.OUTCOME && leaf.epoch === facts.receipt.audit_epoch && standing.index > last, "an outcome's leaf");
    included(standing, facts.checkpoint);
    last = standing.index;
  }
}
