"""The roles: one ASGI application each, with its own keys and its own database; a role never imports a role.

*Holds:* nothing here; each role's package says what it holds.
*Never sees:* each role's package says what it never sees, and tests hold it to that.
"""
