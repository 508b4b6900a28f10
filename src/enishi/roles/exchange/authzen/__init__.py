"""OpenID AuthZEN 1.0 (Authorization API 1.0): any policy client asks law's question over plain HTTP and gets `decision` with its reasons.

*Holds:* nothing; it reads questions, has the law decide, and prints verdicts. It hands out no Permit: an answer here opens nothing in the mesh.
*Never sees:* a person, a number, a code, a statement; a question names capacities or institutions, an affair and data items.
"""
