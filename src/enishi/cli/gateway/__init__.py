"""Commands for an institution's own gateway.

*Holds:* the folder of one tenant while a command runs.
*Never sees:* other tenants, the mesh.
"""
