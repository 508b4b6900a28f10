"""Fuzzes the readers of: ordinances, statutes, questions of the law and its face."""

from harness import run

run("law")
