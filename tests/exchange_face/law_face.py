"""A law page over the package's law and a small registry, without a mesh."""

from datetime import date
from pathlib import Path

import msgspec
from starlette.types import ASGIApp

from enishi.law import load
from enishi.law.ordinance.read import read_ordinance
from enishi.law.question import Policy
from enishi.protocol.registry import Assessment, AuditEpoch, Capacity, Institution, Operator, Snapshot
from enishi.roles.exchange.lawface.face import build_face
from enishi.roles.exchange.publiclaw import PublicLaw
from enishi.terms import InstitutionId
from enishi.web.rate import Allowance

DAY = date(2025, 4, 1)
ORDER = "506M60004008009@2024-05-27"
ROW = f"{ORDER}#2/108"
SINCE = date(2015, 10, 5)
KIBI = Path(__file__).parents[2] / "ordinances" / "336815-kosodate.yaml"
"""An ordinance whose linkage the commission found in order, as the repository carries it."""


def institution(institution_id: str, names: tuple[str, str], *capacities: str, suspended: bool = False, assessed: bool = True) -> Institution:
    """One institution with capacities and, for row 108, its assessment."""
    published = (Assessment(ORDER, "108", SINCE, b"document"),) if assessed else ()
    return Institution(
        id=InstitutionId(institution_id),
        name_ja=names[0],
        name_en=names[1],
        kind="city",
        platform="platform-1",
        suspended=suspended,
        capacities=tuple(Capacity(name, SINCE) for name in capacities),
        assessments=published,
        epochs=(),
    )


TOWN = (
    institution("012131", ("苫小牧市", "Tomakomai City"), "市町村長", "市長"),
    institution("moj", ("法務省", "Ministry of Justice"), "法務大臣"),
    institution("462012", ("鹿児島市", "Kagoshima City"), "市町村長", suspended=True),
    institution("402036", ("久留米市", "Kurume City"), "市町村長", assessed=False),
    msgspec.structs.replace(
        institution("336815", ("吉備中央町", "Kibichuo Town"), "市町村長", "町村長"), ordinances=(read_ordinance(KIBI.read_text(encoding="utf-8")),)
    ),
)


def snapshot() -> Snapshot:
    """A registry of these."""
    operator = Operator(s_root=b"", s_root_proof=b"", layer=b"", layer_proof=b"", signing=b"")
    return Snapshot(
        v=1,
        serial=1,
        at_ms=0,
        previous=b"",
        law=load().digest,
        exchange=operator,
        keeper=operator,
        registrar=b"",
        portal=b"",
        disclosure=b"",
        log_origin="log",
        log_key="",
        witnesses=(),
        witness_quorum=0,
        card_authority=b"",
        audit=(AuditEpoch(epoch=1, elgamal=b"", elgamal_proof=b"", share_exchange=b"", share_keeper=b""),),
        institutions=TOWN,
    )


def public_law(day: date = DAY, policy: Policy | None = None, origin: str = "http://exchange.localhost:8403") -> PublicLaw:
    """The law as the exchange hands it to its face."""
    held = snapshot()
    return PublicLaw(load(), policy or Policy(), lambda: held, lambda: day, origin)


def law_face(day: date = DAY, allowance: Allowance | None = None, policy: Policy | None = None) -> ASGIApp:
    """The face as an application."""
    return build_face(public_law(day, policy), allowance)
