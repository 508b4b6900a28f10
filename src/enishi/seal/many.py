"""Sealing many messages to one public key for the price of one encapsulation (docs/decisions/0019; the wire form is in `shared`)."""

from secrets import token_bytes

from enishi.seal.hpke import Suite, check_public, seal
from enishi.seal.shared import MANY, NONCE, SECRET, SECRET_INFO, close, exporter_of


class Sender:
    """A sender's context (RFC 9180, 5) for messages that are opened one by one: encapsulates when it is made, and once.

    Made for one batch and dropped with it: who reads it in memory reads what it sealed.
    """

    __slots__ = ("_exporter", "_head", "_public")

    def __init__(self, public: bytes) -> None:
        """Encapsulate to a public key; Malformed("seal-suite-unknown" or "sealing-key-malformed") for one that is none."""
        self._public = bytes(public)
        self._head = self._exporter = b""
        if self._public[:1] == bytes([Suite.HYBRID]):
            secret = token_bytes(SECRET)
            encapsulation = seal(self._public, SECRET_INFO, secret)[1:]
            self._head, self._exporter = bytes([MANY]) + encapsulation, exporter_of(encapsulation, secret)
        else:
            check_public(self._public)

    def seal(self, info: bytes, plaintext: bytes) -> bytes:
        """Seal one message, bound to `info`; `hpke.open_sealed` opens it, alone.

        Returns 1201 bytes more than the plaintext; a BROWSER key gets an encapsulation for each message (49 bytes more), as `hpke.seal` makes it.
        """
        if not self._head:
            return seal(self._public, info, plaintext)
        # Drawn for each message: two of one info have two keys, whatever thread or fork they are sealed in.
        return self._head + close(self._exporter, token_bytes(NONCE), info, plaintext)

    def __repr__(self) -> str:
        return "Sender()"


class Senders:
    """A sender for each public key of one batch, made when it is first asked for."""

    __slots__ = ("_each",)

    def __init__(self) -> None:
        """Begin a batch, with none."""
        self._each: dict[bytes, Sender] = {}

    def to(self, public: bytes) -> Sender:
        """The batch's sender to that key; Malformed as `Sender` says."""
        found = self._each.get(public)
        if found is None:
            found = self._each[public] = Sender(public)
        return found
