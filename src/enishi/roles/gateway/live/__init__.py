"""Asks an institution's own system while an inquiry is answered, where it declared one for an item in place of held copies.

*Holds:* declared addresses, and for the length of one call a row about one person.
*Never sees:* who inquires and why, an individual number, a linkage code, another tenant; what did not answer in time, or wrongly, is never guessed.
"""
