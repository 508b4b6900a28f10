"""The portal's source in the running mesh: the issuer of the sign-in, the registrar, the exchange."""

import msgspec

from enishi import clock
from enishi.errors import Conflict, Denied
from enishi.items import items_held
from enishi.mesh.doors import Door
from enishi.mesh.registry import Registry
from enishi.oidc.relying import Begun, RelyingParty
from enishi.protocol.cards import check_card
from enishi.protocol.forms import payload_type
from enishi.protocol.registry import Snapshot
from enishi.protocol.self_disclosure import REQUEST as SELF_REQUEST
from enishi.protocol.self_disclosure import SelfMessage, SelfStatement, self_txid
from enishi.protocol.self_disclosure import check_named as check_self_named
from enishi.protocol.view import FACE, LOOK_BYTES, LOOK_S, REQUEST, CardSigned, ShownLog, check_named, view_info, view_txid
from enishi.protocol.wire import ItemReply, ViewAsk, ViewAskReply, ViewMessage, ViewReply
from enishi.roles.portal.letters.there import HolderKey, LettersThere, SealedLetter, letters_there
from enishi.roles.portal.login import AGAIN, SCOPE, WayIn
from enishi.roles.portal.owndata import OwnData, check_own, check_reply
from enishi.roles.portal.view import Asked, Name, Proven, SignedFor, ViewedLog
from enishi.seal.dsse import countersign, sign_envelope
from enishi.seal.hpke import open_sealed
from enishi.seal.pad import unpad
from enishi.seal.sign import SigningKey
from enishi.store import crash
from enishi.terms import Txid


class Pinned(msgspec.Struct, frozen=True):
    """What the portal's own configuration says about log and witnesses."""

    log_key: str
    witness_keys: tuple[str, ...]
    threshold: int


class MeshedSource:
    """Redeems codes and looks records up; keeps nothing."""

    def __init__(self, relying: RelyingParty, registrar: Door, exchange: Door, registry: Registry, key: SigningKey, pinned: Pinned) -> None:
        """`relying` knows the issuer; `key` is the face's own signing key."""
        self._relying = relying
        self._registrar = registrar
        self._exchange = exchange
        self._registry = registry
        self._key = key
        self._pinned = pinned

    async def way_in(self, begun: Begun) -> WayIn:
        """By the issuer's own document, which is fetched at the first log-in and when it has grown old."""
        at_ms = clock.now_ms()
        provider = await self._relying.provider(at_ms)
        endpoint, query = await self._relying.query(begun, SCOPE, at_ms)
        return WayIn(endpoint, query, provider.issuer if provider.authorization_response_iss_parameter_supported else "")

    async def redeem(self, code: str, begun: Begun, request: bytes) -> SignedFor:
        """Exchange the code for the person's sign-in and the card's signature; the portal checks both before anybody else is asked."""
        found = await self._relying.redeem(code, begun, clock.now_ms())
        if not found.reply.signature:
            raise Denied("issuer-without-card")
        signed = CardSigned(request, found.reply.certificate, found.reply.signature)
        check_card(signed, self._registry.snapshot.card_authority, clock.now_ms())
        return SignedFor(signed, found.token.sub, (found.token.auth_time or 0) * 1000)

    async def way_again(self, begun: Begun) -> WayIn:
        """The same way, with the demand that the card be asked for now."""
        way = await self.way_in(begun)
        return WayIn(way.endpoint, way.query | AGAIN, way.issuer)

    async def again(self, code: str, begun: Begun) -> Proven:
        """The token must say when the card was shown, and that it was just now."""
        found = await self._relying.redeem(code, begun, clock.now_ms(), max_age_s=int(AGAIN["max_age"]))
        return Proven(found.token.sub, (found.token.auth_time or 0) * 1000)

    async def own(self, asked: Asked) -> OwnData:
        """The same for a person's own data at an institution; what comes back is opened for this session alone, and checked."""
        said, txid, reply = await self._asked(asked, None)
        return check_own(said, txid, reply, asked.answer_key, self._registry.snapshot)

    def holder_key(self, holder: str) -> HolderKey:
        """By the registry that both operators' side and the commission signed; who carries a letter cannot put in a key of its own."""
        epoch = self._registry.snapshot.institution(holder, "holder").current()
        return HolderKey(epoch.hpke, epoch.epoch)

    async def letters(self, asked: Asked, letter: SealedLetter | None) -> LettersThere:
        """A letter goes, or the person's letters come; the same way, and the same checks of what comes back."""
        said, txid, reply = await self._asked(asked, letter)
        return letters_there(said, check_reply(said, txid, reply, asked.answer_key, self._registry.snapshot))

    async def _asked(self, asked: Asked, letter: SealedLetter | None) -> tuple[SelfStatement, Txid, ItemReply]:
        snapshot = self._registry.snapshot
        vouched = sign_envelope(payload_type(SELF_REQUEST), asked.signed.request, self._key, FACE)
        crash.point("portal.self.before_send")
        named = await self._registrar.call("/registrar/self", ViewAsk(asked.signed, vouched), SelfMessage)
        # Whatever the face signs has the holder answer to the key that stands in it: only this session's own request is countersigned.
        said = check_self_named(named.statement, asked.signed.request, snapshot.registrar)
        if letter is not None and said.holder_epoch != letter.epoch:
            raise Conflict("snapshot-stale", "the institution has another key by now", "holder_epoch")
        statement = countersign(named.statement, self._key, FACE)
        crash.point("portal.self.before_ask")
        message = SelfMessage(statement, named.pi, letter.sealed if letter is not None else b"")
        return said, self_txid(statement), await self._exchange.call("/exchange/self", message, ItemReply)

    async def view(self, asked: Asked) -> ViewedLog:
        """Sign as the face, have the registrar say who it is without learning it, and open what comes back for this session alone."""
        snapshot = self._registry.snapshot
        vouched = sign_envelope(payload_type(REQUEST), asked.signed.request, self._key, FACE)
        crash.point("portal.view.before_send")
        named = await self._registrar.call("/registrar/view", ViewAsk(asked.signed, vouched), ViewAskReply)
        # Whatever the face signs opens records to the key that stands in it: only this session's own request is countersigned.
        check_named(named.view, asked.signed.request, snapshot.registrar)
        view = countersign(named.view, self._key, FACE)
        reply = await self._exchange.call("/exchange/view", ViewMessage(view), ViewReply, LOOK_S, LOOK_BYTES)
        plain = unpad(open_sealed(asked.answer_key, view_info(view_txid(view)), reply.sealed))
        names = {str(one.id): Name(one.name_ja, one.name_en) for one in snapshot.institutions}
        return ViewedLog(
            shown=msgspec.msgpack.decode(plain, type=ShownLog),
            request=asked.signed.request,
            log_key=self._pinned.log_key,
            witness_keys=self._pinned.witness_keys,
            threshold=self._pinned.threshold,
            names=names,
            handed=named.offers,
            mandates=named.mandates,
            held=_held(snapshot),
            kinds={str(one.id): one.kind for one in snapshot.institutions},
        )


def _held(snapshot: Snapshot) -> dict[str, tuple[str, ...]]:
    """What the institutions in standing hold by their capacities of the day."""
    on = clock.legal_day(clock.now_ms())
    found = {}
    for one in snapshot.institutions:
        names = (held.name for held in one.capacities if held.effective_on <= on and (held.until is None or on < held.until))
        items = items_held(names, one.kind)
        if items and not one.suspended:
            found[str(one.id)] = items
    return found
