"""How platforms join, renew their certificates and leave, as the exchange holds it.

*Holds:* requests that wait, certificate requests, certificates that the authority has signed.
*Never sees:* a private key of anybody's, the authority's among them.
"""
