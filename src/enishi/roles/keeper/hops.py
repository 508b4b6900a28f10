"""Proof of both operators' hops of one item, demanded before a "no such person" is believed (3-protocol, step 6)."""

import msgspec

from enishi.errors import Malformed
from enishi.linkage.convert import beta
from enishi.linkage.forms import Blinded, Pair, Row3
from enishi.linkage.hop import ExchangeHop, check_hop, prove_keeper_hop
from enishi.protocol.receipt import Receipt
from enishi.protocol.wire import BlindRow
from enishi.roles.keeper.state import State
from enishi.terms import Txid


class Steps(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """Every element of one permitted row on its way: the inquirer's, what was given out, what came back, and the pair released."""

    row: BlindRow
    given: BlindRow
    returned: BlindRow
    pair_r: bytes
    pair_c: bytes


def prove_hops(state: State, txid: Txid, place: int, receipt: Receipt, steps: Steps | None, exchange_hop: bytes) -> bytes:
    """Check the exchange's proof (Tampered, Malformed), then make the keeper's own; returns its encoding, kept with the outcome."""
    if steps is None:
        raise Malformed("hop-missing", "the item has no pair", "hop")
    try:
        hop = msgspec.msgpack.decode(exchange_hop, type=ExchangeHop)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Malformed("hop-unreadable", str(error), "hop") from error
    given, returned = _blinded(steps.given), _blinded(steps.returned)
    source = state.snapshot.institution(receipt.inquirer, "inquirer").epoch(receipt.inquirer_epoch)
    target = state.snapshot.institution(receipt.provider, "provider").epoch(receipt.provider_epoch)
    context = bytes(receipt.item_id)
    check_hop(given, returned, hop, source.share_exchange, target.share_exchange, state.snapshot.exchange.layer, context)
    own = prove_keeper_hop(
        Row3(steps.row.r, steps.row.b, steps.row.u),
        given,
        returned,
        Pair(steps.pair_r, steps.pair_c),
        beta(state.secrets.beta, txid, place),
        state.shares.hop((receipt.inquirer, receipt.inquirer_epoch), (receipt.provider, receipt.provider_epoch)),
        source.share_keeper,
        state.secrets.layer,
        context,
    )
    return msgspec.msgpack.encode(own)


def _blinded(row: BlindRow) -> Blinded:
    return Blinded(row.r, row.b or None, row.u)
