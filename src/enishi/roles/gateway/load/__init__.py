"""Loads held copies from a source of the institution by a declared adapter: checked row by row, resumable, and answered from only when whole.

*Holds:* one source's rows in passing; what it keeps are documents by addressee number, and for each bad row its place and reason.
*Never sees:* an individual number, a linkage code, another tenant; a report never says what stood in a row.
"""
