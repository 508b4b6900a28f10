"""The portal: where a person reads who asked what about them and why, has their browser prove that nothing is missing, and asks for their own data.

*Holds:* for a quarter of an hour, in memory, what the person who logged in with their card was given to read (their records, and what institutions
answered them about themselves), what they handed over to whom, and the issuer's `sub` for them, which is another one at every relying party, so that
no other person's card acts in the same session; the keys that such answers were sealed to; the key by which it proves to its issuer that it is this
portal; who acts for whom, by two names, as the registrar tells it
(`representatives`). What people chose to leave between visits is sealed in `kept`; `notices` mails that something is new.
*Never sees:* a person's number, a linkage code, K_T (which goes to the person's device only), or anything of a person who is not logged in. Of name
and address no more than an institution answered to the person, and than passes through it in the certificate of somebody who signs a hand-over of the
number, of which it keeps neither. The serial number of the card's certificate goes to the registrar and is forgotten.
"""
