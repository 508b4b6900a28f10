"""OpenID Connect without its wires: signed tokens, discovery, PKCE, private_key_jwt, and the relying party's half of the code flow.

Beside it documents that a card signed.  OpenID Connect Core 1.0 and Discovery 1.0; RFC 6749, 7515, 7517, 7519, 7523, 7636, 7638, 9207.  An issuer and
a relying party both build on it; what fetches an address is handed in, so a test runs both without a socket.

*Holds:* nothing beyond what it is handed; a relying party keeps its issuer's public document and keys.
*Never sees:* a socket, a database, the clock; a person, but by the claims that an issuer signed for this one relying party.
"""
