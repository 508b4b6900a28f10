"""The exchange: checks every message, decides by law, makes its half of each conversion, delivers notices, and publishes the registry.

*Holds:* its conversion shares and layer key, the law, the registry, the key that opens record bodies, and how far it has seen
the log. It keeps no inquiry: the keeper's rows are its outbox.
*Never sees:* a person's number, a linkage code, who a record is about, or the content of an answer.
"""
