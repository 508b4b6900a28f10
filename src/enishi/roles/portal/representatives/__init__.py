"""Representatives: the pages on which a person asks somebody to act for them, takes that on, ends it, and reads or asks for somebody
else.

*Holds:* for the length of a session what its person was shown of their own mandates (names, ends, uses), the code of a mandate just offered, and what
was read by a mandate, in a session of its own, and what institutions answered about those for whom its person acts.
*Never sees:* whose a mandate is but by those two names; whether it is suspended, and why one cannot be used.
"""
