"""The law page: everybody reads here who may ask whom for what, for which affair, on which day, and why; band gray 800, 「縁 法令」.

*Holds:* indexes over the tables of law, made when the first page is asked for; nothing that was typed, no address, no session.
*Never sees:* the exchange's keys, shares, database or messages; it is handed `PublicLaw` and nothing more.
"""
