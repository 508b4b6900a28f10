"""What a citizen's device computes for itself: the four checks of a record, by public keys and the device's own key alone."""

import msgspec

from enishi.client.portal import Opened, Proof
from enishi.errors import Tampered
from enishi.protocol.view import Labels, labels_info, request_digest
from enishi.seal.hpke import open_sealed
from enishi.seal.pad import unpad
from enishi.tlog.checkpoint import Checkpoint, open_checkpoint
from enishi.tlog.cosign import cosigned_at
from enishi.tlog.labels import label, verify_absent, verify_present
from enishi.tlog.leaf import PUBLIC_SALT, LeafKind, check_body, decode_leaf
from enishi.tlog.note import parse_note, parse_verifier
from enishi.tlog.tree import leaf_hash, verify_inclusion


def check_signed(proof: Proof) -> Checkpoint:
    """The log is signed: the checkpoint under the log's key."""
    return open_checkpoint(parse_note(proof.checkpoint.encode()), parse_verifier(proof.log_key))


def check_included(proof: Proof, checkpoint: Checkpoint) -> int:
    """Each record, and the leaf of the label map, stands in the log exactly as shown; returns how many records."""
    for record in proof.records:
        verify_inclusion(leaf_hash(record.leaf), record.index, checkpoint.size, record.inclusion, checkpoint.root)
        if record.salt:
            check_body(decode_leaf(record.leaf), record.salt, record.body)
    root = proof.map
    verify_inclusion(leaf_hash(root.leaf), root.index, checkpoint.size, root.inclusion, checkpoint.root)
    leaf = decode_leaf(root.leaf)
    if leaf.kind is not LeafKind.LABEL_MAP or root.index != checkpoint.size - 1:
        raise Tampered("map-not-current", str(root.index), "map")
    check_body(leaf, PUBLIC_SALT, root.root)
    return len(proof.records)


def check_complete(opened: Opened) -> int:
    """Nothing is missing: labels 0…n-1 are in the map and on the records shown, label n is not; returns n."""
    proof = opened.proof
    sealed = open_sealed(opened.device_key, labels_info(request_digest(proof.request)), proof.sealed_labels)
    labels = msgspec.json.decode(unpad(sealed), type=Labels)
    wanted = [label(labels.kt, n) for n in range(labels.count)]
    for one, present in zip(wanted, labels.present, strict=True):
        verify_present(proof.map.root, one, present)
    verify_absent(proof.map.root, label(labels.kt, labels.count), labels.absent)
    shown = {decode_leaf(record.leaf).label for record in proof.records}
    if missing := [n for n, one in enumerate(wanted) if one not in shown]:
        raise Tampered("record-not-shown", f"record number {missing[0]}", "records")
    return labels.count


def check_cosigned(proof: Proof) -> tuple[str, ...]:
    """Others saw the same log: the witnesses that cosigned this checkpoint; Tampered if they are too few."""
    note = parse_note(proof.checkpoint.encode())
    seen = tuple(key.name for key in map(parse_verifier, proof.witness_keys) if cosigned_at(note, key) is not None)
    if len(seen) < proof.threshold:
        raise Tampered("cosignatures-missing", f"{len(seen)} of {proof.threshold}", "checkpoint")
    return seen
