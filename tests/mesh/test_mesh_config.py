"""A configuration file is read whole or refused with the entry at fault."""

from datetime import date
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enishi.errors import Misconfigured
from enishi.mesh import config
from enishi.mesh.config import RoleConfig

TOML = """
role = "keeper"
name = "keeper"
data = "data"
tls = "tls"
mesh_port = 8501
on = 2025-04-01
law_edge = "mark"
[peers]
exchange = "https://exchange.mesh.localhost:8500"
"""


def test_a_toml_file_is_read_and_folders_are_relative_to_it(tmp_path: Path) -> None:
    (tmp_path / "keeper.toml").write_text(TOML)
    read = config.read(tmp_path / "keeper.toml")
    assert (read.data, read.tls) == (tmp_path / "data", tmp_path / "tls")
    assert (read.mesh_port, read.face_port, read.on, read.proposals, read.law_edge) == (8501, 0, date(2025, 4, 1), "off", "mark")
    assert config.peer(read, "exchange") == "https://exchange.mesh.localhost:8500"


def test_a_peer_that_is_not_named_is_said(tmp_path: Path) -> None:
    (tmp_path / "keeper.toml").write_text(TOML)
    with pytest.raises(Misconfigured) as caught:
        config.peer(config.read(tmp_path / "keeper.toml"), "witness")
    assert (caught.value.code, caught.value.detail) == ("peer-not-configured", "witness")


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    given = RoleConfig(role="a", name="b", data=tmp_path / "d", tls=tmp_path / "t", on=date(2025, 4, 1), peers={"x": "y"}, settings={"k": "v"})
    config.write(tmp_path / "sub" / "role.json", given)
    assert config.read(tmp_path / "sub" / "role.json") == given
    assert (tmp_path / "sub" / "role.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("entries", "field"),
    [
        ({"mesh_port": "8501"}, "mesh_port"),
        ({"peers": {"exchange": 1}}, "peers[...]"),
        ({"law_edge": "ignore"}, "law_edge"),
        ({"on": "2025-13-01"}, "on"),
        ({"prots": 1}, "prots"),
        ({"data": 7}, "data"),
        ({"data": "a\0b"}, "data"),
        ({"role": None}, "role"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path: Path, entries: dict[str, object], field: str) -> None:
    good = {"role": "keeper", "name": "keeper", "data": "data", "tls": "tls"}
    (tmp_path / "role.json").write_bytes(msgspec.json.encode({**good, **entries}))
    with pytest.raises(Misconfigured) as caught:
        config.read(tmp_path / "role.json")
    assert (caught.value.code, caught.value.field) == ("config-not-in-form", field)


def test_a_missing_entry_is_named(tmp_path: Path) -> None:
    (tmp_path / "role.json").write_text('{"role": "keeper", "name": "keeper", "tls": "tls"}')
    with pytest.raises(Misconfigured) as caught:
        config.read(tmp_path / "role.json")
    assert (caught.value.code, caught.value.field) == ("config-not-in-form", "data")


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as caught:
        config.read(tmp_path / "nothing.toml")
    assert caught.value.code == "config-unreadable"


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["json", "toml"]), st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_no_content_crashes_the_reader(tmp_path: Path, kind: str, content: bytes) -> None:
    (tmp_path / f"role.{kind}").write_bytes(content)
    with pytest.raises(Misconfigured):
        config.read(tmp_path / f"role.{kind}")
