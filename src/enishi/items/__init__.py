"""Data items that institutions hold and provide: which there are, how law names them, and the versioned form of each document.

*Holds:* the public schemas of the items, nothing about any person.
*Never sees:* whose document it checks; a fault names the place in the document, never what stands there.
"""

from enishi.items.catalog import ITEMS, Item, by_law_name, find
from enishi.items.codes import CodeList, code_list, code_lists
from enishi.items.compatibility import Break, compatible
from enishi.items.held import items_held
from enishi.items.schema import read, schema, validate, version_of

__all__ = [
    "ITEMS",
    "Break",
    "CodeList",
    "Item",
    "by_law_name",
    "code_list",
    "code_lists",
    "compatible",
    "find",
    "items_held",
    "read",
    "schema",
    "validate",
    "version_of",
]
