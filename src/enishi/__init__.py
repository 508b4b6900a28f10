"""Enishi (縁): an open public service mesh.  docs/design.md is the map of the rooms."""

__version__ = "0.1.0"
