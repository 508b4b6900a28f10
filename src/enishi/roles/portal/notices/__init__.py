"""Mails about new records: watches the public log for the labels that a person's own browser handed in, and tells them to log in.

*Holds:* nothing of its own; what it works on is in `kept`: addresses, labels, how many records no mail has told of. In a mail it says how many are
new, and never who asked or for what, since mail is open to everybody on its way.
*Never sees:* a record or the content of a leaf, K_T, a session, a name or a number. What is withheld it does not know: it stands in another chain.
"""
