"""The importer: a law's XML as e-Gov publishes it (schema v3) into rows of the form that `law-sources/` holds.

Holds: one text at a time, in memory.
Never sees: a file, a network; it reads no document type, no entity and nothing outside the text that it is given.
"""

from enishi.law.importing.statute import ImportedTable, import_law

__all__ = ["ImportedTable", "import_law"]
