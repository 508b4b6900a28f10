"""Fuzzes the readers of: signed forms of the protocol."""

from harness import run

run("protocol")
