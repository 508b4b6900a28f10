"""The signed forms that roles exchange: statements, rows, receipts, outcomes, records, views, enrolments and the registry snapshot
(docs/protocol.md).

*Holds:* nothing; it is pure. Keys are handed in by the role that owns them.
*Never sees:* a person's number, a linkage code, or the plain content of an answer.
"""
