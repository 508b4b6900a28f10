"""`enishi law`: questions, stories, changes, faults and counts of the law data, and the import of a law's text; no mesh is needed.

*Holds:* the file that it is given, a line at a time.
*Never sees:* a mesh, a person; a question names capacities or the demo's institutions.
"""
