"""A software card and its reader in place of the real card and デジタル認証アプリ: keys behind a PIN, a page that asks before it signs, and an
issuer (OpenID Connect) that tells relying parties who was there.

*Holds:* each card's two keys, their certificates, the holder's four basic items; the test authority that issues and revokes the certificates; the
issuer's key, and the secret that gives a person another name (`sub`) at every relying party.
*Never sees:* anything of the mesh, and no individual number: what it is asked to sign is shown to the holder as it stands, and it signs nothing else.

The authentication key signs, with Ed25519, `frame(b"enishi/v1/card", b"authentication", request)`; its certificate carries a serial number and no
attribute of the person.  The signature key signs the same with `b"signature"`; its certificate carries the four basic items.
"""

from enishi.card.authority import Use
from enishi.card.chip import Cards, Signed
from enishi.card.maker import Maker, found

__all__ = ["Cards", "Maker", "Signed", "Use", "found"]
