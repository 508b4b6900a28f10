"""People's requests for their own data (本人による自己情報の取得, APPI Art. 76): checked, answered from this institution's own sources, or held.

*Holds:* each request with the local number of whom it is about, every answer as it was sealed, and what an official decided.
*Never sees:* the card, the number, another institution's code, or who reads the answer: it is sealed to the key of a session.
"""
