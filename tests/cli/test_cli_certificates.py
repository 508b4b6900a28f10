"""A start makes certificates anew before they end, forgets no revocation, and leaves what is good alone."""

from pathlib import Path

import pytest

from enishi import clock
from enishi.cli.certificates import HOLDERS, RENEW_MS, certify
from enishi.errors import Misconfigured
from enishi.mesh import pki

DAY_MS = 24 * 3600 * 1000


@pytest.fixture
def data(tmp_path: Path) -> Path:
    certify(tmp_path, clock.now_ms())
    return tmp_path


def contents(data: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted(data.rglob("*.pem"))}


def test_what_is_good_stays_as_it_is(data: Path) -> None:
    before = contents(data)
    certify(data, clock.now_ms() + DAY_MS)
    assert contents(data) == before


def test_certificates_and_list_are_made_anew_before_they_end(data: Path) -> None:
    later = pki.ends_ms(data / "keeper" / "tls") - RENEW_MS + DAY_MS
    authority = (data / "authority" / "ca.pem").read_bytes()
    certify(data, later)
    for role in HOLDERS:
        folder = data / role / "tls"
        assert pki.ends_ms(folder) > later + RENEW_MS, role
        assert pki.list_ends_ms(folder) > later + RENEW_MS, role
        assert (folder / "ca.pem").read_bytes() == authority


def test_what_was_revoked_stays_revoked_when_the_list_is_made_anew(data: Path) -> None:
    serial = pki.issue(data / "authority", data / "stolen", "portal", "portal", (), clock.now_ms())
    pki.revoke(data / "authority", [serial], clock.now_ms())
    later = pki.list_ends_ms(data / "authority") - DAY_MS
    certify(data, later)
    folder = data / "keeper" / "tls"
    assert serial in pki.revoked_serials((folder / "ca.pem").read_bytes(), (folder / "crl.pem").read_bytes(), later)


def test_a_list_that_is_gone_is_not_replaced_by_an_empty_one(data: Path) -> None:
    (data / "authority" / "crl.pem").unlink()
    with pytest.raises(Misconfigured, match="revocation-list-invalid"):
        certify(data, clock.now_ms())


def test_a_role_without_certificate_gets_one(data: Path) -> None:
    (data / "witness" / "tls" / "cert.pem").unlink()
    certify(data, clock.now_ms())
    assert pki.ends_ms(data / "witness" / "tls") > clock.now_ms()


def test_an_authority_that_was_cut_off_in_its_making_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(pki, "_write_crl", cut_off)
        with pytest.raises(KeyboardInterrupt):
            pki.create_authority(tmp_path / "authority", clock.now_ms())
    certify(tmp_path, clock.now_ms())
    assert pki.ends_ms(tmp_path / "keeper" / "tls") > clock.now_ms()
