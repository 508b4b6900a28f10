"""Asks many at once: takes cases, streams and files of questions, stores them, asks them in the background, and tells progress and results.

*Holds:* a tenant's questions with their processing number from their arrival on, and where each stands; the answers stay in the record of Art. 23.
*Never sees:* an individual number, a linkage code, another tenant; a callback carries a number and a state, never a person.
"""
