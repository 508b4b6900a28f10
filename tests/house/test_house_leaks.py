"""No kept file holds a path of one machine, a registry, a secret or a name of somebody's network."""

from pathlib import Path

import pytest

from house import leaks
from house.source import ROOT, kept_files


def test_no_kept_file_leaks() -> None:
    assert leaks.leaks(kept_files(), ROOT) == []


def test_locks_carry_hashes_and_no_index() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert text.count("==") <= text.count("--hash=sha256:")
        assert "://" not in text


@pytest.mark.parametrize(
    "parts",
    [
        ("cd /ho", "me/someone"),
        ("x = '/wo", "rk/main'"),
        ("resolved https://registry.npm", "js.org/x"),
        ("files.python", "hosted.org"),
        ("-----BEGIN PRIV", "ATE KEY-----"),
        ("gh", "p_" + "a" * 36),
        ("https://user:pass", "@host.example"),
        ("listen 192.16", "8.0.7"),
        ("ci.build.inter", "nal"),
    ],
)
def test_a_planted_leak_is_found(parts: tuple[str, str], tmp_path: Path) -> None:
    path = tmp_path / "planted.txt"
    path.write_text("".join(parts), encoding="utf-8")
    assert leaks.leaks([path], tmp_path)


def test_plain_words_are_no_leak() -> None:
    assert leaks.leaks_in("see /v1/inquiries and http://portal.localhost:8400/ and 127.0.0.1 and work/home") == []
