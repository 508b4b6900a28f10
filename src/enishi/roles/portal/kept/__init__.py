"""What a person chose to leave at the portal between two visits: notice choices, how far they have read, consents.

*Holds:* in `portal.db`, under a keyed hash of the issuer's `sub` and sealed under a key of the portal's ring: an address for mail that its owner
confirmed, the next labels of the person's chain that their own browser handed in, the marker "read up to here", when they asked or wrote here and
how many answers of officials they wait for (of those who chose mails alone), consents with their history, and mails that wait to be sent.
*Never sees:* a record, a party or an item of one, K_T, a session, a name or a number. A test holds that it imports nothing that does.
"""
