"""Enishi (縁): an open public service mesh.  docs/design.md is the map of the rooms."""

__version__ = "0.2.0.dev0"
