"""Measuring the running mesh against a direct call and against the sum of the operations that the protocol prescribes, all in one run.

*Holds:* the demo's own credential while it runs.
*Never sees:* keys of a role.
"""
