"""Walks through the data of a mesh, table by table, each saying what does not agree and where.

*Holds:* while it runs, read-only connections to the databases below one data folder, and those of its keys that recompute what they made.
*Never sees:* a person's number; it writes nothing anywhere.
"""
