"""Fuzzes the readers of: what comes to roles, clients, configuration and pages."""

from harness import run

run("roles")
