"""The cards themselves: keys made on first use, locked by PIN or password, three and five tries, and then blocked."""

import hashlib
import hmac
import re
from pathlib import Path
from secrets import token_bytes
from threading import Lock
from typing import Final, NamedTuple

import msgspec

from enishi.card.authority import CARD_LIFE, Use, open_authority
from enishi.card.files import read_bytes, write_private
from enishi.card.form import Holder, KeySlot, Memory
from enishi.card.maker import HOLDERS_FILE, SECRET_FILE, serial_number
from enishi.card.standing import demand_standing, revoked
from enishi.encoding import frame
from enishi.errors import Denied, Malformed, Misconfigured, Unknown
from enishi.seal.sign import SigningKey

TRIES: Final = {Use.AUTHENTICATION: 3, Use.SIGNATURE: 5}
_DAYS_PAST: Final = 30 * 24 * 60 * 60
"""Seconds since when a card that is past its last day is past it."""
_FORMS: Final = {Use.AUTHENTICATION: re.compile(r"[0-9]{4}"), Use.SIGNATURE: re.compile(r"[A-Z0-9]{6,16}")}


class Signed(NamedTuple):
    """What a card gives back: the key's certificate (DER) and its Ed25519 signature (64 bytes)."""

    certificate: bytes
    signature: bytes


class Cards:
    """Every card of one folder. Calls may come from several threads; one card is used at a time, as in a reader."""

    def __init__(self, folder: Path) -> None:
        """Open the maker's folder; Misconfigured("card-data-damaged")."""
        self._folder = folder
        self._authority = open_authority(folder)
        self._secret = read_bytes(folder / SECRET_FILE)
        self._holders = {holder.card: holder for holder in _read_holders(folder / HOLDERS_FILE)}
        self._reader = Lock()
        (folder / "cards").mkdir(exist_ok=True, mode=0o700)

    @property
    def holders(self) -> tuple[Holder, ...]:
        """Everybody with a card, in the order of issue."""
        return tuple(self._holders.values())

    def holder(self, card: str) -> Holder:
        """Whose card it is; Unknown("card-unknown")."""
        try:
            return self._holders[card]
        except KeyError:
            raise Unknown("card-unknown", "", "card") from None

    def sign(self, card: str, pin: str, request: bytes, at_ms: int, use: Use = Use.AUTHENTICATION) -> Signed:
        """Sign a request with one of the card's keys.

        Denied("pin-wrong") with the tries left, Denied("pin-blocked"), Malformed("pin-malformed") which costs no try, Unknown("card-unknown");
        and for who has card and PIN, Denied("card-suspended"), ("card-expired") or ("card-moved").
        """
        holder = self.holder(card)
        if not _FORMS[use].fullmatch(pin):
            raise Malformed("pin-malformed", "", "pin")
        with self._reader:
            memory = self._memory(holder, at_ms)
            slot = self._unlock(card, memory, use, pin)
        # Only behind the PIN: who finds a card learns nothing of how it stands.
        demand_standing(holder, use, slot.certificate, at_ms)
        return Signed(slot.certificate, SigningKey.from_bytes(slot.seed).sign(message_of(use, request)))

    def revocation_list(self, at_ms: int) -> bytes:
        """The authority's list of what is good no longer, DER."""
        return self._authority.revocation_list(revoked(self._holders.values(), self._secret), at_ms)

    @property
    def pairing(self) -> bytes:
        """A secret of 32 bytes from which each relying party's name for a person is made."""
        return hmac.digest(self._secret, b"enishi/v1/card-pairing", "sha256")

    def _unlock(self, card: str, memory: Memory, use: Use, pin: str) -> KeySlot:
        slot = memory.slots[use]
        if slot.tries_left == 0:
            raise Denied("pin-blocked", "", "pin")
        # The try is counted, durably, before the PIN is looked at: pulling the plug must not give it back.
        self._store(card, _with(memory, use, slot.tries_left - 1))
        if not hmac.compare_digest(_hash(pin, slot.salt), slot.secret):
            if slot.tries_left == 1:
                raise Denied("pin-blocked", "", "pin")
            raise Denied("pin-wrong", str(slot.tries_left - 1), "pin")
        self._store(card, _with(memory, use, TRIES[use]))
        return slot

    def _memory(self, holder: Holder, at_ms: int) -> Memory:
        path = self._path(holder.card)
        if path.exists():
            return _read_memory(path)
        memory = Memory(v=1, slots={use.value: self._new_slot(holder, use, at_ms) for use in Use})
        self._store(holder.card, memory)
        return memory

    def _new_slot(self, holder: Holder, use: Use, at_ms: int) -> KeySlot:
        key, salt = SigningKey.generate(), token_bytes(16)
        serial = serial_number(self._secret, holder.card, use)
        items = holder.items if use is Use.SIGNATURE else None
        secret = holder.pin if use is Use.AUTHENTICATION else holder.password
        # A card of long ago, and one whose tries were used up before anybody looked: so the demonstration has both.
        made_ms = at_ms - int(CARD_LIFE.total_seconds() + _DAYS_PAST) * 1000 if holder.state == "expired" else at_ms
        certificate = self._authority.certify(key.public, serial, use, items, made_ms)
        tries = 0 if holder.state == "locked" else TRIES[use]
        return KeySlot(seed=key.to_bytes(), certificate=certificate, salt=salt, secret=_hash(secret, salt), tries_left=tries)

    def _store(self, card: str, memory: Memory) -> None:
        write_private(self._path(card), msgspec.json.encode(memory))

    def _path(self, card: str) -> Path:
        # Only called for a card that is in the holders' file, so no caller chooses the path.
        return self._folder / "cards" / f"{card}.json"


def message_of(use: Use, request: bytes) -> bytes:
    """The bytes that a key signs for a request."""
    return frame(b"enishi/v1/card", use.encode(), request)


def _with(memory: Memory, use: Use, tries_left: int) -> Memory:
    slot = msgspec.structs.replace(memory.slots[use], tries_left=tries_left)
    return Memory(v=memory.v, slots=memory.slots | {use.value: slot})


def _hash(secret: str, salt: bytes) -> bytes:
    """scrypt (RFC 7914), 16 MiB: about 50 ms a guess, which four digits need all the more."""
    return hashlib.scrypt(secret.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32)


def _read_holders(path: Path) -> list[Holder]:
    try:
        return msgspec.json.Decoder(Holder).decode_lines(read_bytes(path))
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise Misconfigured("card-data-damaged", path.name) from error


def _read_memory(path: Path) -> Memory:
    try:
        memory = msgspec.json.decode(read_bytes(path), type=Memory)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise Misconfigured("card-data-damaged", path.name) from error
    if set(memory.slots) != {use.value for use in Use}:
        raise Misconfigured("card-data-damaged", path.name)
    return memory
