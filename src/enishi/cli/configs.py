"""The configuration file of each role of a mesh on one machine, written anew at every start because ports and the legal day may change."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

import msgspec

from enishi.card.asking import ACR
from enishi.card.authority import Use
from enishi.cli.founding import ORIGIN, QUORUM, WITNESSES, client_key, commission_key, log_key, witness_key
from enishi.cli.ports import PLATFORM, ROLES, face_port, face_url, mesh_port, mesh_url, role_of
from enishi.mesh.config import RoleConfig, write


@dataclass(frozen=True)
class Plan:
    """How a mesh is to run: data folder, first port, legal day, and how the law is read."""

    data: Path
    base: int
    on: date
    proposals: Literal["on", "off"] = "off"
    law_edge: Literal["refuse", "mark"] = "refuse"


def write_configs(plan: Plan) -> dict[str, Path]:
    """Write `<data>/<role>/config.json` for every role and return the files."""
    return {role: _write(plan, role) for role in ROLES}


def _write(plan: Plan, role: str) -> Path:
    folder = plan.data / role
    config = RoleConfig(
        role=role_of(role),
        name=role,
        data=folder.absolute(),
        tls=(folder / "tls").absolute(),
        mesh_port=mesh_port(plan.base, role),
        face_port=face_port(plan.base, role),
        peers=_peers(plan.base, role),
        on=plan.on,
        proposals=plan.proposals,
        law_edge=plan.law_edge,
        settings=_settings(plan, role),
    )
    write(folder / "config.json", config)
    return folder / "config.json"


def _peers(base: int, role: str) -> dict[str, str]:
    named = {
        "exchange": ("keeper", "oversight", "registrar", PLATFORM),
        "oversight": ("keeper", "exchange"),
        "keeper": ("exchange", PLATFORM),
        "registrar": ("exchange",),
        "gateway": ("exchange", "registrar"),
        "portal": ("exchange", "registrar", "oversight"),
    }.get(role, ())
    return {name: mesh_url(base, "gateway" if name == PLATFORM else name) for name in named}


def _settings(plan: Plan, role: str) -> dict[str, str]:
    base, data = plan.base, plan.data
    if role == "keeper":
        witness = ",".join(f"http://127.0.0.1:{face_port(base, name)}/add-checkpoint" for name in WITNESSES)
        address = f"http://log.localhost:{face_port(base, role)}"
        return {"origin": ORIGIN, "witness": witness, "witness_key": _witness_keys(data), "witness_quorum": str(QUORUM), "address": address}
    if role in WITNESSES:
        return {"name": WITNESSES[role], "log_key": log_key(data)}
    if role == "portal":
        keys = {"log_key": log_key(data), "witness_keys": _witness_keys(data), "threshold": str(QUORUM)}
        keys |= {"commission_key": b64encode(commission_key(data)).decode()}
        return {"origin": face_url(base, "portal"), "law_origin": face_url(base, "exchange"), **_log(base), **_sign_in(base), **keys}
    if role == "gateway":
        return _log(base)
    if role == "exchange":
        return {"origin": face_url(base, "exchange"), **_log(base)}
    if role == "card":
        return {"origin": face_url(base, "card"), "clients": msgspec.json.encode(_clients(plan)).decode()}
    return {}


def _log(base: int) -> dict[str, str]:
    # By number: a role asks no resolver for a name of this machine.
    return {"log": f"http://127.0.0.1:{face_port(base, 'keeper')}"}


def _witness_keys(data: Path) -> str:
    return ",".join(witness_key(data, name) for name in WITNESSES)


def _sign_in(base: int) -> dict[str, str]:
    """Everything that changes with the issuer: another one is another seven lines here."""
    card = face_url(base, "card")
    how = {"acr": ACR[Use.AUTHENTICATION], "sign_acr": ACR[Use.SIGNATURE], "revocation_list": f"{card}/revoked.crl"}
    return {"issuer": card, "client_id": "portal", **how, "login_origins": card, "card_help": card + "/help"}


def _clients(plan: Plan) -> list[dict[str, Any]]:
    portal: dict[str, Any] = {
        "id": "portal",
        "name_ja": "縁 マイ記録",
        "name_en": "Enishi My records",
        "redirect_uris": [face_url(plan.base, "portal") + "/callback"],
        # To log in nothing of the person is asked for; to hand over a number they sign, and the certificate says who.
        "scopes": ["openid", "sign"],
        "keys": [client_key(plan.data).jwk],
    }
    program: dict[str, Any] = {
        "id": "cli",
        "name_ja": "縁 コマンド",
        "name_en": "Enishi command line",
        "redirect_uris": ["http://127.0.0.1/callback"],
    }
    return [portal, program]
