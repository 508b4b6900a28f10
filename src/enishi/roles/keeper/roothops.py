"""Proof of both operators' hops of a request for one's own data, from `@root`: demanded before a "no such person" is believed."""

import msgspec

from enishi.errors import Malformed
from enishi.linkage.convert import beta
from enishi.linkage.enrol import check_factor, prove_factor
from enishi.linkage.forms import Blinded, Pair, Row3
from enishi.linkage.group import G
from enishi.linkage.hop import KeeperRootHop, RootHop, check_hop, prove_keeper_hop
from enishi.protocol.receipt import Receipt
from enishi.protocol.wire import BlindRow
from enishi.roles.keeper.hops import Steps
from enishi.roles.keeper.state import State
from enishi.terms import Txid


def prove_root_hops(state: State, txid: Txid, receipt: Receipt, steps: Steps, exchange_hop: bytes) -> bytes:
    """Check the exchange's proof (Tampered, Malformed), then make the keeper's own; returns its encoding, kept with the outcome."""
    try:
        root = msgspec.msgpack.decode(exchange_hop, type=RootHop)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Malformed("hop-unreadable", str(error), "hop") from error
    given, returned = _blinded(steps.given), _blinded(steps.returned)
    snapshot, context = state.snapshot, bytes(receipt.item_id)
    target = snapshot.institution(receipt.provider, "provider").epoch(receipt.provider_epoch)
    # (1) E is s_root·s_B·G of this operator's root and share, (2) the hop leads from G to that E.
    check_factor(snapshot.exchange.s_root, target.share_exchange, root.E, root.E_proof, context)
    check_hop(given, returned, root.hop, G, root.E, snapshot.exchange.layer, context)
    return _own(state, txid, receipt, steps)


def _own(state: State, txid: Txid, receipt: Receipt, steps: Steps) -> bytes:
    secrets, context = state.secrets, bytes(receipt.item_id)
    target = (receipt.provider, receipt.provider_epoch)
    factor, proof = prove_factor(secrets.s_root, state.shares.of(*target), context)
    hop = prove_keeper_hop(
        Row3(steps.row.r, steps.row.b, steps.row.u),
        _blinded(steps.given),
        _blinded(steps.returned),
        Pair(steps.pair_r, steps.pair_c),
        beta(secrets.beta, txid, 0),
        state.shares.root_hop(*target),
        G,
        secrets.layer,
        context,
    )
    return msgspec.msgpack.encode(KeeperRootHop(factor, proof, hop))


def _blinded(row: BlindRow) -> Blinded:
    return Blinded(row.r, row.b or None, row.u)
