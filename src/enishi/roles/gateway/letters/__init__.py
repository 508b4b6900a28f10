"""People's letters to an institution: why, correct, stop, complain. Taken under the person's own number, answered by an official, read by the person.

*Holds:* each letter with the local number of who wrote it, its text, and what an official answered.
*Never sees:* the card, the number, or the person's records: only the one that the person names, by its txid.
"""
