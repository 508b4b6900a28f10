"""The provisions on which a provider may refuse what law permits to ask (Number Act Art. 22(1)): a closed list, to which the keeper holds as well."""

from typing import Final

BEYOND: Final = frozenset({"425AC0000000027#19-1-8", "425AC0000000027#19-1-9"})
"""Art. 19 forbids what lies outside its items: the provider's own file shows that the person does not stand in the stated relation."""
KEPT_BACK: Final = "425AC0000000027#26"
"""Art. 26: the ordinance of a provider of limited scope (限定機関) keeps the information back, as declared beforehand."""
TAX_SECRECY: Final = "325AC0000000226#22"
"""Local Tax Act Art. 22: tax information for an affair that needs the person's consent, and there is none."""
ALLOWED: Final = BEYOND | {KEPT_BACK, TAX_SECRECY}
