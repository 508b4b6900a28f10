"""The portal: where a person reads who asked what about them and why, and has their browser prove that nothing is missing.

*Holds:* for a quarter of an hour, in memory, what the person who logged in with their card was given to read, what they handed over to whom, and the
issuer's `sub` for them, which is another one at every relying party; the key that answer was sealed to; the key by which it proves to its issuer that
it is this portal.
*Never sees:* a person's number, a linkage code, K_T (which goes to the person's device only), or anything of a person who is not logged in. Of name
and address no more than passes through it in the certificate of somebody who signs a hand-over of the number: it keeps neither. The serial number of
the card's certificate goes to the registrar and is forgotten.
"""
