"""Run one role: `enishi serve ROLE --config FILE`, and the lean door by which the supervisor starts its children."""

import importlib
import sys
from pathlib import Path
from typing import Final

from enishi.errors import Fault, Misconfigured
from enishi.mesh.config import read
from enishi.mesh.run import run_role

MODULES: Final = {
    "registrar": "enishi.roles.registrar.assemble",
    "exchange": "enishi.roles.exchange.assemble",
    "keeper": "enishi.roles.keeper.assemble",
    "witness": "enishi.roles.witness.assemble",
    "gateway": "enishi.roles.gateway.assemble",
    "portal": "enishi.roles.portal.assemble",
    "oversight": "enishi.roles.oversight.assemble",
    "card": "enishi.card.assemble",
}
FAILED: Final = 78
"""Exit status of an installation that a person must mend (EX_CONFIG)."""


def serve(role: str, path: Path) -> int:
    """Run until it is told to end; returns the exit status, and says in one sentence what is wrong with the installation."""
    try:
        config = read(path)
        if role not in MODULES or config.role != role:
            raise Misconfigured("role-unknown", role, "role")
        run_role(importlib.import_module(MODULES[role]).build(config), config)
    except Fault as fault:
        print(sentence(fault), file=sys.stderr, flush=True)
        return FAILED
    return 0


def sentence(fault: Fault) -> str:
    """What is wrong, why, and what to do, in one line of both languages."""
    from enishi.sentences.problems import texts

    if fault.code == "role-ended":
        # The role has said its own sentence already.
        return fault.detail
    known = texts(fault.code)
    ja, en = (f"（{fault.detail}）", f" ({fault.detail})") if fault.detail else ("", "")
    what = f"{known.what.ja.removesuffix('。')}{ja}。", f"{known.what.en.removesuffix('.')}{en}."
    return f"{what[0]}{known.why.ja}{known.next.ja} / {what[1]} {known.why.en} {known.next.en}"


if __name__ == "__main__":
    sys.exit(serve(sys.argv[1], Path(sys.argv[2])))
