"""Oversight: the commission's co-signature, without which no snapshot of registry and law takes effect; and letters that people write to it.

*Holds:* the snapshot co-signing key, and every snapshot it signed; while it checks the second chain, the key K′ of its labels; letters, sealed, and
the key that opens them.
*Never sees:* content, or a person, but for what somebody writes to it, and the records that they choose to show.
"""
