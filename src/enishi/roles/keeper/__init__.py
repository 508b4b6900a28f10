"""The keeper: admits messages, performs the last step of every conversion, and only then releases what came out, because by then it
stands in its log.

*Holds:* its conversion shares and layer key, the audit key of each epoch, the key of the labels, the log and its signing keys.
*Never sees:* a person's number, a linkage code, the content of an answer. Record bodies rest sealed to the exchange; while it runs it
sees institution, affair and
time beside an opaque tag (docs/threats.md).
"""
