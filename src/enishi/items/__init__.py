"""Data items that institutions hold and provide: which there are, how law names them, and the versioned form of each document.

*Holds:* the public schemas of the items, nothing about any person.
*Never sees:* whose document it checks; a fault names the place in the document, never what stands there.
"""

from enishi.items.catalog import ITEMS, Item, by_law_name, find
from enishi.items.schema import read, schema, validate

__all__ = ["ITEMS", "Item", "by_law_name", "find", "read", "schema", "validate"]
