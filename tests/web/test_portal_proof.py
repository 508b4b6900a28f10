"""The browser's proof, run in node: against the vectors of the log, and against a portal, keeper or witness that lies."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from enishi.client.portal import Proof
from enishi.client.proving import check_cosigned
from enishi.encoding import digest
from enishi.errors import Misconfigured, Tampered
from enishi.protocol.record import RecordBody, read_body, write_body
from enishi.protocol.view import labels_info, request_digest
from enishi.roles.portal.login import begin
from enishi.seal.hpke import seal
from enishi.tlog.labels import LabelMap
from enishi.tlog.leaf import NO_LABEL, PUBLIC_SALT, Leaf, LeafKind, commitment, decode_leaf, encode_leaf
from enishi.tlog.note import sign_note
from enishi.tlog.policy import MAX_AGE_MS, MAX_AHEAD_MS
from enishi.tlog.tree import inclusion, leaf_hash
from web.portal_world import NOW, device
from web.proof_world import GOOD, World, ask, key_in, with_own_labels_only
from web.smalllog import DAY, LOG_KEY, ORIGIN, T0, WITNESS, ended, inquiry, key_of

VECTORS = Path(__file__).parents[2] / "vectors" / "tlog"


def cases(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((VECTORS / f"{name}.json").read_bytes())["cases"]
    return found


@pytest.mark.parametrize("name", ["inclusion", "leaf", "label", "checkpoint", "cosignature"])
def test_the_vectors_of_the_log_hold_in_the_browser(name: str) -> None:
    held = cases(name)
    answers = ask([case | {"op": name} for case in held])
    good = {case["at_ms"] if name == "cosignature" else True for case in held if case["expect"] == "ok"}
    wrong = [
        (case.get("name"), case["expect"], answer)
        for case, answer in zip(held, answers, strict=True)
        if (answer.get("answer") in good) is not (case["expect"] == "ok")
    ]
    assert wrong == []


def test_the_vectors_of_the_map_hold_in_the_browser() -> None:
    held = cases("map")
    answers = ask([case | {"op": "map"} for case in held])
    shown = {"ok": lambda case: case["claim"], "label-absent": lambda case: "absent", "label-present": lambda case: "present"}
    wrong = [
        (case["name"], case["expect"], answer)
        for case, answer in zip(held, answers, strict=True)
        if answer.get("answer") != shown.get(case["expect"], lambda case: None)(case)
    ]
    assert wrong == []


def test_what_is_sealed_to_a_browser_opens_for_its_key_and_info_only() -> None:
    own, other = device(), device()
    sealed = seal(own.public, b"info", b"plain" * 100).hex()
    questions = [
        {"op": "open", "device": key_in(key), "info": info.hex(), "sealed": sealed} for key, info in ((own, b"info"), (own, b"inf"), (other, b"info"))
    ]
    right, wrong_info, wrong_key = ask(questions)
    assert right == {"answer": (b"plain" * 100).hex()}
    assert "error" in wrong_info
    assert "error" in wrong_key


def test_one_byte_string_has_one_base64() -> None:
    assert ask([{"op": "base64", "text": text} for text in ("QQ==", "QR==", "QQ", "Q Q==")])[0] == {"answer": "41"}
    assert all("error" in answer for answer in ask([{"op": "base64", "text": text} for text in ("QR==", "QQ", "Q Q==")]))


def test_the_truth_is_good_in_all_four() -> None:
    world = World()
    assert world.states(world.document()) == GOOD


def test_a_person_of_whom_nothing_is_recorded_but_the_look_is_proved_to_have_nothing_more() -> None:
    world = World([])
    assert world.states(world.document()) == GOOD


def test_many_records_are_proved() -> None:
    world = World([inquiry(i, "moj", ("戸籍関係情報",), T0 + i) for i in range(300)])
    assert world.states(world.document()) == GOOD


def test_without_the_device_key_completeness_is_open_and_the_rest_is_proved() -> None:
    world = World()
    (answer,) = ask([{"op": "checks", "document": world.document(), "device": None, "now": NOW}])
    assert answer["answer"] == GOOD | {"complete": "absent"}


def test_no_cosignature_yet_is_waiting_and_nothing_worse() -> None:
    world = World(witnesses=0)
    assert world.states(world.document()) == GOOD | {"witnessed": "waiting"}


@pytest.mark.parametrize(
    ("after_ms", "state"), [(MAX_AGE_MS, "good"), (MAX_AGE_MS + 1000, "waiting"), (-MAX_AHEAD_MS, "good"), (-MAX_AHEAD_MS - 1000, "waiting")]
)
def test_a_witness_that_looked_too_long_ago_or_in_the_future_is_waited_for(after_ms: int, state: str) -> None:
    world = World()
    world.now = NOW // 1000 * 1000 + after_ms
    assert world.states(world.document()) == GOOD | {"witnessed": state}


def test_a_client_of_its_own_asks_the_same_of_the_witnesses() -> None:
    world, at_ms = World(), NOW // 1000 * 1000
    proof = msgspec.json.decode(msgspec.json.encode(world.document()), type=Proof)
    assert check_cosigned(proof, at_ms + MAX_AGE_MS) == (WITNESS,)
    for wanted, when in ((proof, at_ms + MAX_AGE_MS + 1000), (proof, at_ms - MAX_AHEAD_MS - 1000)):
        with pytest.raises(Tampered, match="cosignatures-missing"):
            check_cosigned(wanted, when)
    with pytest.raises(Misconfigured, match="witness-policy-impossible"):
        check_cosigned(msgspec.structs.replace(proof, threshold=2), at_ms)


def _change_body(world: World, document: dict[str, Any]) -> None:
    body = read_body(world.log.records[0][3])
    document["records"][0]["body"] = json.loads(msgspec.json.encode(write_body(msgspec.structs.replace(body, provider="digital"))))


def _change_salt(world: World, document: dict[str, Any]) -> None:
    document["records"][0]["salt"] = document["records"][1]["salt"]


def _claim_withheld(world: World, document: dict[str, Any]) -> None:
    # The body says "withheld" but keeps its item, which only a told record has.
    body = msgspec.structs.replace(read_body(world.log.records[0][3]), marks=("withheld",))
    document["records"][0] |= {"salt": "", "body": json.loads(msgspec.json.encode(write_body(body)))}


def _move_leaf(world: World, document: dict[str, Any]) -> None:
    document["records"][0]["index"] += 1


def _cut_path(world: World, document: dict[str, Any]) -> None:
    document["records"][2]["inclusion"].pop()


def _drop_record(world: World, document: dict[str, Any]) -> None:
    del document["records"][3]


def _repeat_record(world: World, document: dict[str, Any]) -> None:
    document["records"][3] = document["records"][4]


def _hide_last(world: World, document: dict[str, Any]) -> None:
    # Portal and keeper agree to say that there is one record less: label n-1 is claimed absent, with the proof that it is there.
    labels = world.log.labels()
    document["records"].pop()
    document["sealed_labels"] = world.sealed(
        msgspec.structs.replace(labels, count=labels.count - 1, present=labels.present[:-1], absent=labels.present[-1])
    )


def _old_map(world: World, document: dict[str, Any]) -> None:
    # A map of before the last record, proved with its own root but not with a leaf of this log.
    old = LabelMap([decode_leaf(leaf).label for leaf in world.log.leaves[:-3]])
    document["map"]["root"] = json.loads(msgspec.json.encode(old.root))


def _not_the_last_leaf(world: World, document: dict[str, Any]) -> None:
    document["map"]["index"] -= 1


def _other_leaf_as_map(world: World, document: dict[str, Any]) -> None:
    document["map"]["leaf"] = document["records"][0]["leaf"]


def _foreign_key(world: World, document: dict[str, Any]) -> None:
    labels = msgspec.structs.replace(world.log.labels(), kt=key_of(77))
    document["sealed_labels"] = world.sealed(labels)


def _not_padded(world: World, document: dict[str, Any]) -> None:
    plain = msgspec.json.encode(world.log.labels())
    sealed = seal(world.device.public, labels_info(request_digest(world.request)), plain)
    document["sealed_labels"] = json.loads(msgspec.json.encode(sealed))


def _other_request(world: World, document: dict[str, Any]) -> None:
    document["request"] = json.loads(msgspec.json.encode(begin(world.device.public, NOW + 1).request))


def _forge_size(world: World, document: dict[str, Any]) -> None:
    lines = document["checkpoint"].split("\n")
    lines[1] = str(int(lines[1]) + 1)
    document["checkpoint"] = "\n".join(lines)


def _other_log_key(world: World, document: dict[str, Any]) -> None:
    document["log_key"] = document["witness_keys"][0]


def _flip(world: World, document: dict[str, Any], line: int) -> None:
    lines = document["checkpoint"].rstrip("\n").split("\n")
    last = lines[line][-20]
    lines[line] = lines[line][:-20] + ("A" if last != "A" else "B") + lines[line][-19:]
    document["checkpoint"] = "\n".join(lines) + "\n"


def _flip_log_signature(world: World, document: dict[str, Any]) -> None:
    _flip(world, document, 4)


def _flip_cosignature(world: World, document: dict[str, Any]) -> None:
    _flip(world, document, 5)


def _more_witnesses_demanded(world: World, document: dict[str, Any]) -> None:
    document["threshold"] = 2


@pytest.mark.parametrize(
    ("attack", "found"),
    [
        (_change_body, {"included": "bad"}),
        (_change_salt, {"included": "bad"}),
        (_claim_withheld, {"included": "bad"}),
        (_move_leaf, {"included": "bad"}),
        (_cut_path, {"included": "bad"}),
        (_drop_record, {"complete": "bad"}),
        (_repeat_record, {"complete": "bad"}),
        (_hide_last, {"complete": "bad"}),
        (_old_map, {"complete": "bad"}),
        (_not_the_last_leaf, {"complete": "bad"}),
        (_other_leaf_as_map, {"complete": "bad"}),
        (_foreign_key, {"complete": "bad"}),
        (_not_padded, {"complete": "bad"}),
        (_other_request, {"complete": "bad"}),
        (_forge_size, {"complete": "bad", "signed": "bad", "witnessed": "bad"}),
        (_other_log_key, {"signed": "bad"}),
        (_flip_log_signature, {"signed": "bad"}),
        (_flip_cosignature, {"witnessed": "bad"}),
        (_more_witnesses_demanded, {"witnessed": "waiting"}),
    ],
)
def test_a_lie_is_found_by_its_check_and_by_no_other(attack: Callable[[World, dict[str, Any]], None], found: dict[str, str]) -> None:
    world = World()
    document = world.document()
    attack(world, document)
    assert world.states(document) == GOOD | found


def test_a_hidden_record_is_found_even_if_the_whole_log_is_signed_anew() -> None:
    # The keeper leaves a leaf out of the map that it signs: then the label is missing although the record stands in the list.
    world = World()
    labels = [decode_leaf(leaf).label for leaf in world.log.leaves[:-1]]
    world.log.map = LabelMap(label for label in labels if label != decode_leaf(world.log.records[2][1]).label)
    document = world.document(world.log.view(world.request))
    assert world.states(document)["complete"] == "bad"


def test_an_older_map_of_the_same_log_does_not_hide_what_came_after_it() -> None:
    # The log held a true map before the last record; keeper and portal show that one, with one record less and every proof for it.
    world = World()
    log = world.log
    old = LabelMap(decode_leaf(leaf).label for leaf in log.leaves[:-3])
    log.leaves.insert(-3, encode_leaf(Leaf(1, 1, log.at_ms, LeafKind.LABEL_MAP, NO_LABEL, commitment(PUBLIC_SALT, old.root))))
    log.records.pop()
    log.map = old
    viewed = log.view(world.request)
    index, hashes = len(log.leaves) - 4, [leaf_hash(leaf) for leaf in log.leaves]
    shown = msgspec.structs.replace(viewed.shown, map_index=index, map_leaf=log.leaves[index], map_inclusion=tuple(inclusion(hashes, index)))
    assert world.states(world.document(msgspec.structs.replace(viewed, shown=shown))) == GOOD | {"complete": "bad"}


def test_a_checkpoint_of_another_log_under_the_same_key_is_not_this_log() -> None:
    world = World()
    text = world.log.note().text.replace(ORIGIN, "other.example/log")
    note = sign_note(text, ORIGIN, LOG_KEY).encode().decode()
    viewed = msgspec.structs.replace(world.viewed, shown=msgspec.structs.replace(world.viewed.shown, checkpoint=note))
    assert world.states(world.document(viewed)) == GOOD | {"signed": "bad", "witnessed": "waiting"}


def test_a_notice_of_change_is_a_record_as_every_other() -> None:
    asked = inquiry(1, "moj", ("戸籍関係情報",), T0)
    world = World([ended(asked, "provided"), msgspec.structs.replace(asked, kind="change", at_ms=T0 + DAY)])
    assert world.states(world.document(world.viewed)) == GOOD


def test_a_record_of_another_chain_counts_only_with_its_late_entry() -> None:
    asked = inquiry(1, "moj", ("戸籍関係情報",), T0)
    late = RecordBody(kind="late_entry", item_id=asked.item_id, txid=asked.txid, at_ms=T0 + 2 * DAY, original_index=0)
    for other, expected in ((late, "good"), (ended(inquiry(2, "moj", (), T0), "provided"), "bad")):
        world = World([other])
        stranger = world.log.leaves[1]
        salt, body = key_of(9000), write_body(asked)
        # The stranger's leaf becomes the withheld one of this person: same place, another chain's label, a body of the person's.
        leaf = stranger[:46] + digest("body", salt, body)
        world.log.leaves[1] = leaf
        world.log.records.append((1, leaf, salt, body))
        viewed = with_own_labels_only(world)
        assert world.states(world.document(viewed))["complete"] == expected
