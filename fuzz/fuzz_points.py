"""Fuzzes the readers of: points, scalars, proofs, numbers."""

from harness import run

run("points")
