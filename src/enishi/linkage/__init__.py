"""The mathematics of linkage codes: from a random handle to a code per institution, and from one code to another with a record of it.

Group ristretto255 (RFC 9496), hashing and proofs as in RFC 9497; docs/protocol.md tells who runs which verb.
A point or scalar is 32 `bytes`; the neutral element and zero are refused wherever they could appear.

*Holds:* nothing of its own; it is pure.  Secrets, `Shares` among them, are handed in and kept by the role that owns them, and appear in no repr.
*Never sees:* a number, a name, a handle's owner, a clock, a socket, a database; its one dependency is the machine's libsodium.
"""
