"""The operators' world of tests/keeper, started afresh for each test."""

from running.operators_running import dial, founded, world

__all__ = ["dial", "founded", "world"]
