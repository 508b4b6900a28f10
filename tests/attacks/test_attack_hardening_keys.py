"""Attack: a key that cancels the layers, admitted by a keeper that colludes; whoever would encrypt to it or sign for it checks for itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_bytes
from typing import Any

import msgspec
import pytest

from attacks.adversary_attack import codes, known
from attacks.network_attack import CALLER, Network
from enishi import clock
from enishi.errors import Fault, Tampered
from enishi.linkage import possession
from enishi.linkage.group import base, multiply, p_add, p_sub, random_scalar
from enishi.linkage.possession import Proven, prove_possession
from enishi.protocol.registry import Snapshot, possession_context, possessions
from enishi.protocol.statement import Inquiry
from enishi.roles.exchange import founding
from enishi.roles.gateway.message import Asking, make_message
from enishi.roles.gateway.question import read_question
from enishi.roles.keeper import snapshots
from linkage.attacker_linkage import Without
from running.mesh_running import register_question

pytestmark = pytest.mark.xdist_group("attacks")
B = "moj"


def rogue(network: Network, secret: bytes) -> Snapshot:
    """The present registry, in which B's key is b·G − K; B can prove that it knows b, and nothing more."""
    now: Snapshot = network.exchange.snapshot
    layer = p_add(now.exchange.layer, now.keeper.layer)
    proof = prove_possession(secret, possession_context(B, "elgamal", 1)).encode()
    parties = tuple(_with(one, p_sub(base(secret), layer), proof) if one.id == B else one for one in now.institutions)
    return msgspec.structs.replace(now, serial=now.serial + 1, previous=network.exchange.digest, at_ms=clock.now_ms(), institutions=parties)


def _with(party: Any, key: bytes, proof: bytes) -> Any:
    return msgspec.structs.replace(party, epochs=(msgspec.structs.replace(party.epochs[0], elgamal=key, elgamal_proof=proof),))


@contextmanager
def admitted(network: Network, snapshot: Snapshot, without: Without) -> Iterator[None]:
    """Keeper and commission let it through, and the exchange serves it."""
    before = network.exchange.snapshot
    patched = without(snapshots, "check_keys")
    network.publish(snapshot)
    patched.undo()
    try:
        yield
    finally:
        now = network.exchange
        network.publish(msgspec.structs.replace(before, serial=now.snapshot.serial + 1, previous=now.digest, at_ms=clock.now_ms()))
        for role in (network.asker, network.provider):
            network.run(role.registry.refresh())
        network.run(network.roles["registrar"]._registry.refresh())


def test_a_rogue_key_that_the_keeper_let_in(network: Network, without: Without) -> None:
    """Success is that keeper and B read A's code off the message that A would send.  The gateway itself refuses the registry."""
    secret = random_scalar()
    with admitted(network, rogue(network, secret), without):
        with pytest.raises(Tampered, match="possession-false"):
            network.run(network.asker.registry.refresh())
        with pytest.raises(Tampered, match="possession-false"):
            network.run(network.roles["registrar"]._registry.refresh())
        assert known(network).snapshot.serial < network.exchange.snapshot.serial
        patched = without(Proven, "check")
        network.run(network.asker.registry.refresh())
        question = read_question(msgspec.json.encode(register_question()))
        (own,) = codes(network, question)
        made = make_message(Asking(network.tenant, CALLER, question), [own], known(network), clock.now_ms())
        (row,) = msgspec.msgpack.decode(made.wire, type=Inquiry).rows
        assert p_sub(row.b, multiply(secret, row.r)) == own
        patched.undo()


@pytest.mark.parametrize("key", ["s_root", "layer", "audit", "institution"])
def test_every_key_of_a_registry_is_proven(network: Network, key: str) -> None:
    """Whichever key it is whose proof is another's, nobody takes the registry up."""
    now: Snapshot = network.exchange.snapshot
    proof = prove_possession(random_scalar(), token_bytes(8)).encode()
    changed = {
        "s_root": lambda: msgspec.structs.replace(now, keeper=msgspec.structs.replace(now.keeper, s_root_proof=proof)),
        "layer": lambda: msgspec.structs.replace(now, exchange=msgspec.structs.replace(now.exchange, layer_proof=proof)),
        "audit": lambda: msgspec.structs.replace(now, audit=(msgspec.structs.replace(now.audit[0], elgamal_proof=proof),)),
        "institution": lambda: msgspec.structs.replace(
            now, institutions=(_with(now.institutions[0], now.institutions[0].epochs[0].elgamal, proof), *now.institutions[1:])
        ),
    }[key]()
    proven = Proven()
    proven.check(possessions(now))
    with pytest.raises(Tampered, match="possession-false"):
        proven.check(possessions(changed))


def test_what_was_proven_once_is_not_reckoned_again(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    proven, asked = Proven(), list[bytes]()
    real = possession.check_possession
    monkeypatch.setattr(possession, "check_possession", lambda public, *rest: asked.append(public) or real(public, *rest))
    for _ in range(2):
        proven.check(possessions(network.exchange.snapshot))
    assert len(asked) == len(set(asked)) == len(list(possessions(network.exchange.snapshot)))


def test_the_exchange_founds_nothing_on_a_rogue_key(network: Network, without: Without) -> None:
    """The exchange checks before it signs: success is a draft with a key that nobody has proven."""
    bad, offered = rogue(network, random_scalar()), list[Any]()

    async def made(*_: Any) -> Snapshot:
        return bad

    async def sign(state: Any, doors: Any, snapshot: Snapshot) -> Any:
        offered.append(snapshot)
        raise Fault("offered")

    without(founding, "_found", made)
    without(founding, "_sign", sign)
    without(founding, "_newest", lambda connection: None)
    with pytest.raises(Tampered, match="possession-false"):
        network.run(founding.publish(network.exchange, None, network.data))  # type: ignore[arg-type]
    assert offered == []
    patched = without(Proven, "check")
    with pytest.raises(Fault, match="offered"):
        network.run(founding.publish(network.exchange, None, network.data))  # type: ignore[arg-type]
    assert offered == [bad]
    patched.undo()
