"""The witness: cosigns a log's checkpoint if, and only if, it continues the last one it saw (C2SP tlog-witness).

*Holds:* a cosigning key, and for each log the last checkpoint it cosigned.
*Never sees:* leaves, records, persons, or anything else of the mesh.
"""
