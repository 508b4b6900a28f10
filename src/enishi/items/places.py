"""Which items tell where somebody is: documents with an address, a municipality, a school, an employer, an insurer, or the branch of a bank."""

from typing import Final

FIELDS: Final = frozenset(
    {
        "address",
        "address_registered",
        "bank_code",
        "bank_name",
        "branch_code",
        "employer",
        "household_size",
        "insurer",
        "moved_from",
        "moved_to",
        "municipality",
        "registered_domicile",
        "registration_number",
        "relation_to_head",
        "school",
    }
)
"""Members of documents that say where somebody lives, lived, learns, works or banks, or with whom; the plate of a car names a place, too."""
PLACED: Final = frozenset(
    {"account", "health_insurance", "jumin", "koseki", "local_tax", "residence_status", "schooling", "vehicle"},
)
"""Slugs of the items whose documents have such a member, in any version."""
