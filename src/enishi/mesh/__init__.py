"""The wires between roles: certificates of an own authority, mutual TLS 1.3, calls in msgpack, batching, and how a role is run.

Holds: the role's TLS key and certificate, the authority's certificate and revocation list, open connections and counters.
Never sees: what the messages mean; no body is logged or counted by content.
"""
