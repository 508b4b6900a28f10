"""What set-up says and does on machines that lack something: the real script, on a machine played by stand-in commands."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from house.source import ROOT

APT = """#!/bin/sh
echo "$@" >>"$MACHINE/apt"
case "$1" in
  update) touch "$MACHINE/lists" ;;
  install) [ -e "$MACHINE/lists" ] || exit 100
    for package in "$@"; do touch "$MACHINE/installed/$package"; done ;;
esac
"""
DPKG = '#!/bin/sh\nfor last in "$@"; do :; done\n[ -e "$MACHINE/installed/$last" ] && echo "install ok installed"\n'


@dataclass
class Machine:
    """A folder that stands for a machine: its commands, its installed packages."""

    folder: Path

    def command(self, name: str, text: str = "#!/bin/sh\n") -> None:
        path = self.folder / "bin" / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)

    def install(self, purpose: str) -> subprocess.CompletedProcess[str]:
        env = {"PATH": str(self.folder / "bin"), "MACHINE": str(self.folder)}
        script = [str(self.folder / "bin" / "sh"), str(ROOT / "tools" / "install_system.sh"), purpose]
        return subprocess.run(script, cwd=self.folder, env=env, capture_output=True, text=True, check=False)

    def apt(self) -> list[str]:
        log = self.folder / "apt"
        return [line.split()[0] for line in log.read_text(encoding="utf-8").splitlines()] if log.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A bare machine: a shell, Python, nothing of ours."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "installed").mkdir()
    for name in ("sh", "grep", "mkdir", "touch"):
        os.symlink(shutil.which(name) or name, tmp_path / "bin" / name)
    bare = Machine(tmp_path)
    bare.command("python3")
    bare.command("ldconfig")
    bare.command("dpkg-query", DPKG)
    bare.command("apt-get", APT)
    bare.command("id", "#!/bin/sh\necho 1000\n")
    return bare


def test_not_root_is_told_the_fallbacks_and_goes_on(machine: Machine) -> None:
    result = machine.install("run")
    assert result.returncode == 0, result.stderr
    assert "libsodium23 is missing" in result.stdout
    assert "fonts-noto-cjk is missing" in result.stdout
    assert machine.apt() == []


def test_not_root_cannot_run_the_tests_and_learns_which_package_is_missing(machine: Machine) -> None:
    for package in ("libsodium23", "fonts-noto-cjk"):
        (machine.folder / "installed" / package).touch()
    for command in ("node", "npm", "git"):
        machine.command(command)
    result = machine.install("test")
    assert result.returncode == 1
    assert "chromium" in result.stderr
    assert "golang-go golang-golang-x-mod-dev" in result.stderr
    assert "only root" in result.stderr


def test_the_browser_with_windows_serves_where_the_one_without_is_missing(machine: Machine) -> None:
    for package in ("libsodium23", "fonts-noto-cjk", "libatomic1", "golang-go", "golang-golang-x-mod-dev"):
        (machine.folder / "installed" / package).touch()
    for command in ("node", "npm", "git", "curl", "initdb", "chromium"):
        machine.command(command)
    result = machine.install("test")
    assert result.returncode == 0, result.stderr
    assert "use chromium in its place" in result.stdout


def test_root_installs_what_is_missing_and_reads_the_lists_first_where_there_are_none(machine: Machine) -> None:
    machine.command("id", "#!/bin/sh\necho 0\n")
    result = machine.install("test")
    assert result.returncode == 0, result.stderr
    assert machine.apt() == ["install", "update", "install"]
    assert "chromium" in result.stdout


def test_a_machine_that_has_everything_is_left_alone(machine: Machine) -> None:
    machine.command("id", "#!/bin/sh\necho 0\n")
    for package in ("libsodium23", "fonts-noto-cjk"):
        (machine.folder / "installed" / package).touch()
    result = machine.install("run")
    assert (result.returncode, result.stdout, machine.apt()) == (0, "", [])


def test_root_whose_install_fails_still_runs_on_the_fallbacks(machine: Machine) -> None:
    machine.command("id", "#!/bin/sh\necho 0\n")
    machine.command("apt-get", "#!/bin/sh\nexit 100\n")
    assert machine.install("run").returncode == 0
    failed = machine.install("test")
    assert failed.returncode == 1
    assert "libsodium23" in failed.stderr
