"""The portal: where a person reads who asked what about them and why, and has their browser prove that nothing is missing.

*Holds:* for a quarter of an hour, in memory, what the person who logged in with their card was given to read; the key that answer was sealed to;
the key by which it proves to its issuer that it is this portal. In a log-in it sees two names of the person and keeps neither: the issuer's
`sub`, which is another one at every relying party, and the serial number of the card's certificate, which it passes to the registrar.
*Never sees:* a person's number, name or address (it asks its issuer for no more than who is there), a linkage code, K_T (which goes to the person's
device only), or anything of a person who is not logged in.
"""
