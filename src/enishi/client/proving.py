"""What a citizen's device computes for itself: the four checks of a record, by public keys and the device's own key alone.

The portal is not believed: what it hands over is held against the log's signature, the map of labels and the keys that the device knows.
"""

from collections.abc import Iterable, Sequence

import msgspec

from enishi.client.portal import Opened, Proof, Record
from enishi.client.withholding import check_withheld, is_bare
from enishi.errors import Malformed, Tampered
from enishi.protocol.forms import demand_length, read_payload
from enishi.protocol.record import read_body
from enishi.protocol.view import Labels, labels_info, read_request, request_digest
from enishi.seal.hpke import open_sealed
from enishi.seal.pad import unpad
from enishi.tlog.checkpoint import Checkpoint, open_checkpoint
from enishi.tlog.labels import label, verify_absent, verify_present
from enishi.tlog.leaf import PUBLIC_SALT, Leaf, LeafKind, check_body, decode_leaf
from enishi.tlog.note import parse_note, parse_verifier
from enishi.tlog.policy import MAX_AGE_MS, WitnessPolicy
from enishi.tlog.tree import leaf_hash, verify_inclusion


class KnownKeys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Verifier keys that the device has from elsewhere than the portal, and how many of the witnesses it asks for."""

    log: str
    witnesses: tuple[str, ...]
    needed: int


def check_keys(proof: Proof, known: KnownKeys) -> None:
    """The portal names the keys that the device knows, and asks for as many witnesses; Tampered("keys-not-known")."""
    if proof.log_key != known.log:
        raise Tampered("keys-not-known", "log", "log_key")
    if not set(proof.witness_keys) <= set(known.witnesses) or proof.threshold < known.needed:
        raise Tampered("keys-not-known", "witness", "witness_keys")


def check_signed(proof: Proof) -> Checkpoint:
    """The log is signed: the checkpoint under the log's key."""
    return open_checkpoint(parse_note(proof.checkpoint.encode()), parse_verifier(proof.log_key))


def check_included(proof: Proof, checkpoint: Checkpoint) -> int:
    """Each record stands in the log exactly as shown, and so does the root of the label map; returns how many records."""
    for record in proof.records:
        verify_inclusion(leaf_hash(record.leaf), record.index, checkpoint.size, record.inclusion, checkpoint.root)
        _check_told(record)
    _check_map(proof, checkpoint)
    return len(proof.records)


def _check_told(record: Record) -> None:
    leaf = decode_leaf(record.leaf)
    # What law withholds for now is shown as a leaf without its content and may say nothing but that; all else is what was committed to.
    if not is_bare(record, leaf):
        check_body(leaf, record.salt, record.body)


def _check_map(proof: Proof, checkpoint: Checkpoint) -> None:
    # An older map would hide what came after it, so the map's own leaf must be the last one under the checkpoint.
    shown = proof.map
    leaf = decode_leaf(shown.leaf)
    if leaf.kind is not LeafKind.LABEL_MAP or shown.index != checkpoint.size - 1:
        raise Tampered("map-not-current", str(shown.index), "map")
    verify_inclusion(leaf_hash(shown.leaf), shown.index, checkpoint.size, shown.inclusion, checkpoint.root)
    check_body(leaf, PUBLIC_SALT, shown.root)


def check_complete(opened: Opened) -> int:
    """Nothing is missing and nothing is strange: labels 0…n-1 are in the current map and are the records shown, label n is not; returns n.

    Nothing is old: the look that this very request made is one of them.  What is withheld has its note.  Raises the faults of `verify_present` and
    `verify_absent`, Tampered("record-not-shown"), ("record-besides"), ("own-look-missing") or ("withheld-without-note"), and what opening and
    reading the labels raise.
    """
    proof = opened.proof
    checkpoint = check_signed(proof)
    _check_map(proof, checkpoint)
    labels = _labels(opened)
    wanted = [label(labels.kt, n) for n in range(labels.count)]
    for one, present in zip(wanted, labels.present, strict=True):
        verify_present(proof.map.root, one, present)
    verify_absent(proof.map.root, label(labels.kt, labels.count), labels.absent)
    _check_shown(wanted, proof.records)
    look = _own_look(opened, checkpoint, wanted)
    check_withheld([record for record in proof.records if decode_leaf(record.leaf).label in wanted], checkpoint, look.at_ms)
    return labels.count


def check_listed(proof: Proof, item_ids: Iterable[bytes]) -> None:
    """Every item that an institution's own record of Art. 23 names for the person is among the records shown; Tampered("item-not-in-record").

    A keeper that files a record under somebody else leaves both persons' labels without a gap: only such a list tells.
    """
    shown = {read_body(record.body).item_id for record in proof.records}
    if missing := [item_id.hex() for item_id in item_ids if item_id not in shown]:
        raise Tampered("item-not-in-record", missing[0], "records")


def _labels(opened: Opened) -> Labels:
    sealed = open_sealed(opened.device_key, labels_info(request_digest(opened.proof.request)), opened.proof.sealed_labels)
    labels = read_payload(unpad(sealed), Labels, "labels")
    demand_length(labels.kt, 32, "kt")
    if labels.count != len(labels.present):
        raise Malformed("label-proof-malformed", f"{len(labels.present)} of {labels.count}", "present")
    return labels


def _check_shown(wanted: Sequence[bytes], records: Sequence[Record]) -> None:
    own = {record.index: decode_leaf(record.leaf) for record in records if decode_leaf(record.leaf).label in wanted}
    shown = {leaf.label for leaf in own.values()}
    if missing := [n for n, one in enumerate(wanted) if one not in shown]:
        raise Tampered("record-not-shown", f"record number {missing[0]}", "records")
    # What stood withheld is shown besides, if a late entry of the person's own chain brings its item in.
    late = {read_body(record.body).item_id for record in records if record.index in own and own[record.index].kind is LeafKind.LATE_ENTRY}
    strange = [record.index for record in records if record.index not in own and read_body(record.body).item_id not in late]
    if strange or len({record.index for record in records}) < len(records) or len(own) > len(wanted):
        raise Tampered("record-besides", ", ".join(map(str, strange)), "records")


def _own_look(opened: Opened, checkpoint: Checkpoint, wanted: Sequence[bytes]) -> Leaf:
    # A state from before the request was signed cannot hold its digest.  The request must name this device's key, made for this log-in,
    # or else an earlier request could be handed out together with the state of its time.
    proof = opened.proof
    asked = request_digest(proof.request) if read_request(proof.request).device_key == opened.device_key.public else b""
    looks = [record for record in proof.records if read_body(record.body).request == asked]
    own = [decode_leaf(record.leaf) for record in looks if _is_own(record, checkpoint, wanted)]
    if not own:
        raise Tampered("own-look-missing", f"size {checkpoint.size}", "records")
    return own[0]


def _is_own(record: Record, checkpoint: Checkpoint, wanted: Sequence[bytes]) -> bool:
    leaf = decode_leaf(record.leaf)
    check_body(leaf, record.salt, record.body)
    verify_inclusion(leaf_hash(record.leaf), record.index, checkpoint.size, record.inclusion, checkpoint.root)
    return leaf.kind is LeafKind.LOOK and leaf.label in wanted


def check_cosigned(proof: Proof, at_ms: int, max_age_ms: int = MAX_AGE_MS) -> tuple[str, ...]:
    """Others saw the same log, lately: the witnesses whose cosignature of this checkpoint is fresh at `at_ms`.

    Tampered("cosignatures-missing") under the threshold, or under one; the faults of `verify_cosignature` for a false line.
    """
    keys = {verifier.public: verifier for verifier in map(parse_verifier, proof.witness_keys)}
    policy = WitnessPolicy(max(1, proof.threshold), tuple(keys.values()), max_age_ms)
    return policy.check(parse_note(proof.checkpoint.encode()), at_ms).fresh
