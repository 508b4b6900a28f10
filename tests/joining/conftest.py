"""The platform of the gateway's own tests, and the clock in the test's hand."""

from gateway.conftest import gateway, operators

__all__ = ["gateway", "operators"]
