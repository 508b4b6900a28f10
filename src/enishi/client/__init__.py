"""Clients of the mesh's faces for programs: they speak HTTP as any outsider would and hold no key of the mesh.

*Holds:* what one call needs, for as long as it lasts.
*Never sees:* a role's inside; it knows only what the faces publish.
"""

from enishi.client.inquiries import Ask, Found, HeldItem, Inquiry, Item
from enishi.client.institution import AsyncGateway, Gateway
from enishi.client.mandates import MandateFound, MandatePerson, Proposal
from enishi.client.register import CopyFound, CopyPast, HolderFound, Paper, Whose

__all__ = [
    "Ask",
    "AsyncGateway",
    "CopyFound",
    "CopyPast",
    "Found",
    "Gateway",
    "HeldItem",
    "HolderFound",
    "Inquiry",
    "Item",
    "MandateFound",
    "MandatePerson",
    "Paper",
    "Proposal",
    "Whose",
]
