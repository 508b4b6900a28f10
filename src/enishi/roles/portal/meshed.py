"""The portal's source in the running mesh: the card's token endpoint, the registrar, the exchange."""

import msgspec

from enishi import clock
from enishi.errors import Denied, Tampered, Unavailable
from enishi.mesh.doors import Door
from enishi.mesh.registry import Registry
from enishi.protocol.cards import check_card
from enishi.protocol.forms import payload_type
from enishi.protocol.view import FACE, REQUEST, CardSigned, ShownLog, check_named, view_info, view_txid
from enishi.protocol.wire import ViewAsk, ViewAskReply, ViewMessage, ViewReply
from enishi.roles.portal.view import Asked, Name, ViewedLog
from enishi.seal.dsse import countersign, sign_envelope
from enishi.seal.hpke import open_sealed
from enishi.seal.pad import unpad
from enishi.seal.sign import SigningKey
from enishi.store import crash


class Pinned(msgspec.Struct, frozen=True):
    """What the portal's own configuration says about log and witnesses."""

    log_key: str
    witness_keys: tuple[str, ...]
    threshold: int


class _TokenReply(msgspec.Struct, frozen=True):
    certificate: bytes
    signature: bytes


class MeshedSource:
    """Redeems codes and looks records up; keeps nothing."""

    def __init__(self, token_url: str, registrar: Door, exchange: Door, registry: Registry, key: SigningKey, pinned: Pinned) -> None:
        """`token_url` is the card's token endpoint by loopback address; `key` is the face's own signing key."""
        self._token_url = token_url
        self._registrar = registrar
        self._exchange = exchange
        self._registry = registry
        self._key = key
        self._pinned = pinned

    async def redeem(self, code: str, code_verifier: str, redirect_uri: str, request: bytes) -> CardSigned:
        """Exchange the code for the card's signature; the portal checks it for itself before anybody else is asked."""
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": code_verifier,
            "client_id": "portal",
            "redirect_uri": redirect_uri,
        }
        # Loading aiohttp costs more than the rest of the portal's start, and nobody logs in before it is over.
        import aiohttp

        try:
            async with aiohttp.ClientSession(trust_env=False, timeout=aiohttp.ClientTimeout(total=15)) as session:
                crash.point("portal.login.before_redeem")
                async with session.post(self._token_url, data=fields) as answer:
                    body = await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable("peer-unreachable", "card") from error
        if answer.status != 200:
            raise Denied("card-code-refused", str(answer.status))
        try:
            reply = msgspec.json.decode(body, type=_TokenReply)
        except (msgspec.MsgspecError, UnicodeError) as error:
            raise Tampered("card-answer-unreadable") from error
        signed = CardSigned(request, reply.certificate, reply.signature)
        check_card(signed, self._registry.snapshot.card_authority, clock.now_ms())
        return signed

    async def view(self, asked: Asked) -> ViewedLog:
        """Sign as the face, have the registrar say who it is without learning it, and open what comes back for this session alone."""
        snapshot = self._registry.snapshot
        vouched = sign_envelope(payload_type(REQUEST), asked.signed.request, self._key, FACE)
        crash.point("portal.view.before_send")
        named = await self._registrar.call("/registrar/view", ViewAsk(asked.signed, vouched), ViewAskReply)
        # Whatever the face signs opens records to the key that stands in it: only this session's own request is countersigned.
        check_named(named.view, asked.signed.request, snapshot.registrar)
        view = countersign(named.view, self._key, FACE)
        reply = await self._exchange.call("/exchange/view", ViewMessage(view), ViewReply)
        plain = unpad(open_sealed(asked.answer_key, view_info(view_txid(view)), reply.sealed))
        names = {str(one.id): Name(one.name_ja, one.name_en) for one in snapshot.institutions}
        return ViewedLog(
            shown=msgspec.msgpack.decode(plain, type=ShownLog),
            request=asked.signed.request,
            log_key=self._pinned.log_key,
            witness_keys=self._pinned.witness_keys,
            threshold=self._pinned.threshold,
            names=names,
        )
