"""Certificates say who may speak as what, and bad files are said to be bad."""

import contextlib
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from enishi import clock, errors
from enishi.mesh import pki
from enishi.mesh.tls import FILES, Credentials

Issue = Callable[..., Credentials]


def test_a_certificate_names_role_name_and_tenants(issue: Issue) -> None:
    own = issue("gateway", "platform-1", ("132012", "a.b_c-D")).own
    assert (own.role, own.name, own.tenants) == ("gateway", "platform-1", frozenset({"132012", "a.b_c-D"}))


def test_private_keys_are_readable_by_their_owner_only(authority: Path, tmp_path: Path, issue: Issue) -> None:
    issue("keeper")
    for key in (authority / "ca-key.pem", tmp_path / "tls" / "keeper" / "key.pem"):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_an_authority_is_never_replaced(authority: Path) -> None:
    before = (authority / "ca-key.pem").read_bytes()
    with pytest.raises(errors.Misconfigured) as caught:
        pki.create_authority(authority, clock.now_ms())
    assert caught.value.code == "authority-exists"
    assert (authority / "ca-key.pem").read_bytes() == before


@pytest.mark.parametrize(
    ("role", "name", "tenants", "field"),
    [
        ("Keeper", "k", (), "role"),
        ("", "k", (), "role"),
        ("keeper", "k.x", (), "name"),
        ("keeper", "k", ("a/b",), "tenants"),
        ("keeper", "k", ("",), "tenants"),
    ],
)
def test_a_name_that_is_no_label_is_refused(authority: Path, tmp_path: Path, role: str, name: str, tenants: tuple[str, ...], field: str) -> None:
    with pytest.raises(errors.Malformed) as caught:
        pki.issue(authority, tmp_path / "bad", role, name, tenants, clock.now_ms())
    assert (caught.value.code, caught.value.field) == ("name-not-usable", field)
    assert not (tmp_path / "bad").exists()


def test_revocations_add_up(authority: Path) -> None:
    pki.revoke(authority, [5], clock.now_ms())
    pki.revoke(authority, [6, 5], clock.now_ms())
    assert pki.revoked_serials((authority / "ca.pem").read_bytes(), (authority / "crl.pem").read_bytes(), clock.now_ms()) == {5, 6}


def test_a_revocation_list_out_of_date_is_refused(authority: Path) -> None:
    later = clock.now_ms() + (pki.ROLE_DAYS + 1) * pki.DAY_MS
    with pytest.raises(errors.Misconfigured):
        pki.revoked_serials((authority / "ca.pem").read_bytes(), (authority / "crl.pem").read_bytes(), later)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(tmp_path: Path, issue: Issue, name: str) -> None:
    issue("keeper")
    (tmp_path / "tls" / "keeper" / name).unlink()
    with pytest.raises(errors.Misconfigured) as caught:
        Credentials(tmp_path / "tls" / "keeper")
    assert caught.value.code == "tls-files-missing"
    assert caught.value.detail.endswith(name)


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_a_fault_of_the_installation(tmp_path: Path, issue: Issue, name: str) -> None:
    issue("keeper")
    (tmp_path / "tls" / "keeper" / name).write_bytes(b"-----BEGIN NOTHING-----\n\xff")
    with pytest.raises(errors.Misconfigured):
        Credentials(tmp_path / "tls" / "keeper")


def test_the_key_of_another_role_does_not_fit(tmp_path: Path, issue: Issue) -> None:
    issue("keeper")
    issue("exchange")
    (tmp_path / "tls" / "keeper" / "key.pem").write_bytes((tmp_path / "tls" / "exchange" / "key.pem").read_bytes())
    with pytest.raises(errors.Misconfigured) as caught:
        Credentials(tmp_path / "tls" / "keeper")
    assert caught.value.code == "tls-files-invalid"


def test_the_authoritys_own_certificate_names_no_role(authority: Path) -> None:
    der = x509.load_pem_x509_certificate((authority / "ca.pem").read_bytes()).public_bytes(pki.serialization.Encoding.DER)
    with pytest.raises(errors.Malformed):
        pki.peer_of(der)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_bytes_crash_the_reader_of_certificates(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    der = bytearray(_certificate(tmp_path_factory))
    for _ in range(data.draw(st.integers(1, 4))):
        der[data.draw(st.integers(0, len(der) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(der)))
    for candidate in (bytes(der), bytes(der[:cut])):
        with contextlib.suppress(errors.Malformed):
            assert isinstance(pki.peer_of(candidate), pki.Peer)


_kept: list[bytes] = []


def _certificate(factory: pytest.TempPathFactory) -> bytes:
    if not _kept:
        folder = factory.mktemp("pki")
        pki.create_authority(folder / "ca", clock.now_ms())
        pki.issue(folder / "ca", folder / "k", "keeper", "keeper", ("132012",), clock.now_ms())
        pem = x509.load_pem_x509_certificate((folder / "k" / "cert.pem").read_bytes())
        _kept.append(pem.public_bytes(pki.serialization.Encoding.DER))
    return _kept[0]
