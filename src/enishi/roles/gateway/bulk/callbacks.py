"""Which addresses may be called back, by the institution's own file, and how a call is signed (Standard Webhooks)."""

import base64
import hashlib
import hmac
import ipaddress
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import SplitResult, urlsplit

import msgspec

from enishi.errors import Denied, Misconfigured

FILE: Final = "callbacks.json"
SECRET_PREFIX: Final = "whsec_"
_SECRET_BYTES: Final = range(24, 65)
_PORTS: Final = {"https": 443, "http": 80}


class Callbacks(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A tenant's callbacks.json: the secret that signs, the beginnings of allowed addresses, whether private networks count."""

    secret: str
    allowed: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=100)]
    private: bool = False

    def check(self, url: str) -> None:
        """Denied("callback-not-allowed") unless the address is allowed by scheme, host, port and beginning of its path."""
        asked = _split(url)
        if asked is None or not any(_covers(one, asked) for one in map(_split, self.allowed) if one is not None):
            raise Denied("callback-not-allowed", field="callback")
        # An address that stands in the place of a name is never looked up, so it is looked at here.
        host = asked.hostname or ""
        if _is_address(host) and not self.may_reach(host, host):
            raise Denied("callback-not-allowed", field="callback")

    def may_reach(self, host: str, address: str) -> bool:
        """Whether a call for this host may go to this address of it."""
        found = ipaddress.ip_address(address.partition("%")[0])
        if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
            found = found.ipv4_mapped
        if found.is_loopback:
            return loopback(host)
        # Multicast counts as global to the library; nobody is called back there.
        return self.private or (found.is_global and not found.is_multicast)

    def signature(self, call: str, at_s: int, body: bytes) -> str:
        """The `webhook-signature` of a call: v1, HMAC-SHA256 over id, time in seconds and body."""
        key = base64.b64decode(self.secret.removeprefix(SECRET_PREFIX))
        return "v1," + base64.b64encode(hmac.new(key, f"{call}.{at_s}.".encode() + body, hashlib.sha256).digest()).decode()


def callbacks_of(folder: Path) -> Callbacks | None:
    """A tenant's file; None without one: then nobody is called back.  Misconfigured("callbacks-unreadable")."""
    file = folder / FILE
    try:
        return read_callbacks(file.read_bytes()) if file.is_file() else None
    except OSError as error:
        raise Misconfigured("callbacks-unreadable", FILE, "callbacks") from error


def read_callbacks(content: bytes) -> Callbacks:
    """Read the file; Misconfigured("callbacks-unreadable") also where the secret is short or an address is none."""
    try:
        read = msgspec.json.decode(content, type=Callbacks)
        secret = base64.b64decode(read.secret.removeprefix(SECRET_PREFIX), validate=True)
    except (msgspec.MsgspecError, UnicodeError, ValueError, RecursionError) as error:
        raise Misconfigured("callbacks-unreadable", FILE, "callbacks") from error
    if not read.secret.startswith(SECRET_PREFIX) or len(secret) not in _SECRET_BYTES or any(_split(one) is None for one in read.allowed):
        raise Misconfigured("callbacks-unreadable", FILE, "callbacks")
    return read


def loopback(host: str) -> bool:
    """Whether a name is loopback's own (RFC 6761)."""
    name = host.lower()
    return name == "localhost" or name.endswith(".localhost") or name in ("127.0.0.1", "::1")


def _split(url: str) -> SplitResult | None:
    """The parts of an address that may be called at all; None for any other."""
    if not url.isascii() or not url.isprintable() or any(sign in url for sign in ' "<>\\^`{|}#'):
        return None
    try:
        found = urlsplit(url)
        host = found.hostname
        if not host or found.username is not None or found.password is not None or found.port == 0:
            return None
    except ValueError:
        return None
    known = found.scheme == "https" or (found.scheme == "http" and loopback(host))
    # A step upwards would leave the path that was allowed.
    return found if known and not any(step in (".", "..") for step in found.path.replace("%2e", ".").replace("%2E", ".").split("/")) else None


def _is_address(host: str) -> bool:
    try:
        return bool(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        return False


def _covers(allowed: SplitResult, asked: SplitResult) -> bool:
    return _origin(allowed) == _origin(asked) and (asked.path or "/").startswith(allowed.path or "/")


def _origin(url: SplitResult) -> tuple[str, str, int]:
    return url.scheme, (url.hostname or "").lower(), url.port or _PORTS[url.scheme]
