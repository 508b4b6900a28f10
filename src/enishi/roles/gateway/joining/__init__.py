"""How a platform comes into a mesh, keeps its certificate and registry fresh, says how it stands, and leaves (docs/joining.md).

*Holds:* the platform's TLS key and its institutions' keys, as files of its own folder with mode 0600.
*Never sees:* the authority's key, another platform's folder; no private key leaves through it.
"""
