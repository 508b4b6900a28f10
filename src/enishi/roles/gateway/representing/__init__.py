"""Who represents whom by law, as a municipality enters it and tells the registrar, and that a person is protected from their own representatives.

*Holds:* the relations that officers entered, by the institution's own numbers, and what is still to be told.
*Never sees:* the individual number, but to pass it on from enrolment; whose mandates there are elsewhere, and what became of them.
"""
