"""Oversight: the commission's co-signature, without which no snapshot of registry and law takes effect.

*Holds:* the snapshot co-signing key, and every snapshot it signed; while it checks the second chain, the key K′ of its labels.
*Never sees:* content, or a person.
"""
