"""Fuzzes the readers of: seals, envelopes, the public log, evidence."""

from harness import run

run("log")
