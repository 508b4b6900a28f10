"""Evidence of what the institution asked: gathered when an inquiry has ended, kept, searched, exported, deleted after seven years.

*Holds:* nothing of its own; a tenant's record, the log's public tiles, the registries that statements name.
*Never sees:* a linkage code, a conversion share; nothing of a tenant leaves through it but a bundle to that tenant's own caller.
"""
