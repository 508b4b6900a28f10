"""A software card and its reader in place of the real card and デジタル認証アプリ: keys behind a PIN, and a page that asks before it signs.

*Holds:* each card's two keys, their certificates, the holder's four basic items; the test authority that issues the certificates.
*Never sees:* anything of the mesh, and no individual number: what it is asked to sign is shown to the holder as it stands, and it signs nothing else.

The authentication key signs, with Ed25519, `frame(b"enishi/v1/card", b"authentication", request)`; its certificate carries a serial number and no
attribute of the person.  The signature key signs the same with `b"signature"`; its certificate carries the four basic items.
"""

from enishi.card.authority import Use
from enishi.card.chip import Cards, Signed
from enishi.card.maker import Maker, found

__all__ = ["Cards", "Maker", "Signed", "Use", "found"]
