"""The authorization request (RFC 6749 4.1.1, OpenID Connect Core 3.1.2.1, RFC 7636 with S256 only): what a relying party asks the card for."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from enishi.card.authority import Use
from enishi.card.clients import SCOPES, Client
from enishi.encoding import frame
from enishi.errors import Malformed
from enishi.oidc.text import unb64url

REQUEST_LIMIT: Final = 4096
"""Most bytes that a client may have signed with the authentication key."""
DIGEST: Final = 32
ACR: Final = {Use.AUTHENTICATION: "urn:enishi:acr:card-pin", Use.SIGNATURE: "urn:enishi:acr:card-signature"}
"""How a person showed who they are: with card and PIN (authentication certificate), or with card and password (signature certificate)."""
SIGN: Final = "sign"
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_VISIBLE: Final = re.compile(r"[\x20-\x7e]{1,512}")
_AGE: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_NAME_LIMIT: Final = 120


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the signature key is asked to sign: the name that the holder is shown, and the SHA-256 digest of the document."""

    name: str
    digest: bytes


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An authorization request in order: for whom, back to where, what is handed over. `browser` ties it to the browser it came with.

    `request` are bytes for the authentication key, empty for none; `document` is for the signature key, with scope `sign` only.
    """

    client: Client
    redirect_uri: str
    state: str
    nonce: str
    challenge: str
    scopes: tuple[str, ...]
    request: bytes
    document: Document | None
    browser: str

    @property
    def use(self) -> Use:
        """Which of the card's keys this takes."""
        return Use.AUTHENTICATION if self.document is None else Use.SIGNATURE

    @property
    def signed_bytes(self) -> bytes:
        """What the key signs: the request, the document's digest, or where the client brought neither the request's own nonce and state."""
        return self.document.digest if self.document else self.request or frame(b"enishi/v1/card-login", self.nonce.encode(), self.state.encode())

    @property
    def items(self) -> tuple[str, ...]:
        """The scopes that hand over something of the person, in their order."""
        return tuple(scope for scope in SCOPES[1:-1] if scope in self.scopes)


class Refused(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request that is wrong, and whose client is known: the error goes back to it (RFC 6749 4.1.2.1)."""

    redirect_uri: str
    state: str
    error: str
    description: str


def read_asked(pairs: Sequence[tuple[str, str]], clients: Mapping[str, Client], browser: str) -> Asked | Refused:
    """Read the query of /authorize.

    Malformed("card-client-unknown") where client or address is not registered: then nothing may be sent to that address.
    """
    given = dict(pairs)
    client = clients.get(given.get("client_id", ""))
    redirect_uri = given.get("redirect_uri", "")
    if client is None or redirect_uri not in client.redirect_uris:
        raise Malformed("card-client-unknown", "", "client_id" if client is None else "redirect_uri")
    state = given.get("state", "")
    # The same parameter twice has no one meaning (RFC 6749 3.1).
    problem = ("invalid_request", "a parameter is given twice") if len(given) != len(pairs) else _problem(given, client)
    if problem is not None:
        return Refused(redirect_uri, state if _VISIBLE.fullmatch(state) else "", *problem)
    return Asked(
        client=client,
        redirect_uri=redirect_uri,
        state=state,
        nonce=given["nonce"],
        challenge=given["code_challenge"],
        scopes=tuple(given["scope"].split(" ")),
        request=unb64url(given.get("request_to_sign", ""), REQUEST_LIMIT) or b"",
        document=_document(given),
        browser=browser,
    )


def _problem(given: Mapping[str, str], client: Client) -> tuple[str, str] | None:
    """Error code and description of the first thing that is wrong."""
    checks = (*_of_the_flow(given), *_of_the_scope(given, client), *_of_what_is_signed(given))
    return next(((error, text) for holds, error, text in checks if not holds), None)


def _of_the_flow(given: Mapping[str, str]) -> tuple[tuple[object, str, str], ...]:
    return (
        (given.get("response_type") == "code", "unsupported_response_type", "response_type must be code"),
        (given.get("response_mode", "query") == "query", "invalid_request", "response_mode must be query"),
        ("request" not in given, "request_not_supported", "request is not supported"),
        ("request_uri" not in given, "request_uri_not_supported", "request_uri is not supported"),
        (given.get("prompt", "login") in ("login", "consent", "login consent"), "login_required", "the card asks every time"),
        # The card is asked for every time, so every age is kept, and `auth_time` stands in every token; what is no age is still said to be none.
        (_AGE.fullmatch(given.get("max_age", "0")), "invalid_request", "max_age must be a number of seconds"),
        (given.get("code_challenge_method") == "S256", "invalid_request", "code_challenge_method must be S256"),
        (_CHALLENGE.fullmatch(given.get("code_challenge", "")), "invalid_request", "code_challenge must be 43 characters of base64url"),
        (_VISIBLE.fullmatch(given.get("state", "")), "invalid_request", "state must be 1 to 512 visible characters"),
        (_VISIBLE.fullmatch(given.get("nonce", "")), "invalid_request", "nonce must be 1 to 512 visible characters"),
    )


def _of_the_scope(given: Mapping[str, str], client: Client) -> tuple[tuple[object, str, str], ...]:
    scopes = given.get("scope", "").split(" ")
    once = len(set(scopes)) == len(scopes)
    return (
        ("openid" in scopes and once, "invalid_scope", "scope must hold openid, and each word once"),
        (set(scopes) <= set(client.scopes), "invalid_scope", "scope holds what this client may not ask for"),
    )


def _of_what_is_signed(given: Mapping[str, str]) -> tuple[tuple[object, str, str], ...]:
    request, digest, name = given.get("request_to_sign"), given.get("digest_to_sign"), given.get("document_name")
    if SIGN not in given.get("scope", "").split(" "):
        none = digest is None and name is None
        return (
            (none, "invalid_request", "digest_to_sign and document_name go with scope sign"),
            (request is None or unb64url(request, REQUEST_LIMIT), "invalid_request", "request_to_sign must be 1 to 4096 bytes in base64url"),
        )
    return (
        (request is None, "invalid_request", "request_to_sign does not go with scope sign"),
        (len(unb64url(digest or "", DIGEST) or b"") == DIGEST, "invalid_request", "digest_to_sign must be 32 bytes in base64url"),
        (_is_name(name or ""), "invalid_request", "document_name must be 1 to 120 printable characters"),
    )


def _document(given: Mapping[str, str]) -> Document | None:
    digest = unb64url(given.get("digest_to_sign", ""), DIGEST)
    return Document(given["document_name"], digest) if digest else None


def _is_name(name: str) -> bool:
    return 0 < len(name) <= _NAME_LIMIT and name.isprintable() and not name.isspace()
