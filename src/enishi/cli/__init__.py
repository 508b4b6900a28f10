"""The program `enishi`: founding and starting a mesh on one machine, and the commands that use it.

*Holds:* while founding, every key it makes for the roles; afterwards none.
*Never sees:* what passes through the running mesh, but for what its own caller asked.
"""
