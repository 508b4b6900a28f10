"""On which provisions a provider may refuse what law permits to ask: a closed list, since Art. 22(1) leaves an official no discretion.

Each says that the provision is forbidden or kept back by law itself, never that it is unwelcome. Data in dispute, a protected person or a busy
counter are no ground: they hold an inquiry, and the hold ends in an answer. The list is `protocol/refusals.py`, which the keeper holds to as well.
"""

from typing import Final

from enishi.errors import Malformed
from enishi.protocol.forms import demand
from enishi.protocol.refusals import ALLOWED, KEPT_BACK, TAX_SECRECY

TAX: Final = "local_tax"


def check_citation(citation: str) -> None:
    """Malformed("citation-missing") or ("citation-not-allowed") unless a refusal may rest on it."""
    demand(citation, "citation-missing", "", "citation")
    demand(citation in ALLOWED, "citation-not-allowed", citation[:60], "citation")


def check_citation_for(citation: str, items: frozenset[str], ordinance: str) -> None:
    """Malformed("citation-not-for-this") where a citation speaks of another case: tax secrecy without tax, a limited scope without an ordinance.

    `items` are the slugs asked for, `ordinance` the source of the affair.
    """
    by_ordinance = ordinance.startswith("ordinance")
    wrong = (citation == TAX_SECRECY and TAX not in items) or (citation == KEPT_BACK and not by_ordinance)
    statutory = citation == "425AC0000000027#19-1-8" and by_ordinance
    other = citation == "425AC0000000027#19-1-9" and not by_ordinance
    if wrong or statutory or other:
        raise Malformed("citation-not-for-this", citation, "citation")
