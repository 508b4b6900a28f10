"""The page kit of all faces: one look, one manner, one set of locks.

*Holds:* templates, style, icons, the signing of cookies, sessions in memory, and the turning of faults into pages and problem documents.
*Never sees:* what a face shows; it is handed phrases and values, keeps no log of addresses, and reads no clock of its own.
"""
