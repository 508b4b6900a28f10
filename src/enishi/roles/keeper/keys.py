"""The keeper's secrets: files of its keyring, and one conversion share per institution and key epoch in its database."""

from dataclasses import dataclass, field
from secrets import token_bytes

from enishi.linkage.group import base, random_scalar
from enishi.seal.sign import SigningKey
from enishi.store.keyring import Keyring

AUDIT = "@audit"
"""The target name under which the shares of audit domains are kept."""


@dataclass(frozen=True)
class Secrets:
    """All secrets but the shares; never printed."""

    s_root: bytes = field(repr=False)
    layer: bytes = field(repr=False)
    audit: bytes = field(repr=False)
    beta: bytes = field(repr=False)
    labels: bytes = field(repr=False)
    second_chain: bytes = field(repr=False)
    ticket: bytes = field(repr=False)
    rest: bytes = field(repr=False)
    signing: SigningKey = field(repr=False)
    log: SigningKey = field(repr=False)

    @property
    def layer_public(self) -> bytes:
        """K_k = k_k·G."""
        return base(self.layer)


def load_secrets(keyring: Keyring) -> Secrets:
    """Read the secrets, making at first start those that do not exist."""
    scalars = {name: keyring.get_or_make(name, random_scalar) for name in ("s_root", "layer", "audit.1", "beta")}
    plain = {name: keyring.get_or_make(name, _random) for name in ("labels", "second_chain", "ticket", "rest")}
    signing, log = (SigningKey.from_bytes(keyring.get_or_make(name, _random)) for name in ("signing", "log"))
    return Secrets(
        s_root=scalars["s_root"], layer=scalars["layer"], audit=scalars["audit.1"], beta=scalars["beta"], signing=signing, log=log, **plain
    )


def _random() -> bytes:
    return token_bytes(32)
