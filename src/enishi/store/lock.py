"""The claim on a data folder: one running program per folder, and a folder that can be written."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from enishi.errors import Misconfigured


class Claim:
    """An exclusive hold on a data folder; the kernel lets go of it when the process ends, however it ends."""

    def __init__(self, folder: Path, descriptor: int) -> None:
        self.folder = folder
        self._descriptor = descriptor

    def release(self) -> None:
        """Let the folder go; a second call does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None) -> None:
        self.release()


def claim(folder: Path) -> Claim:
    """Create the folder where missing (mode 0700) and take it; Misconfigured("data-in-use") or ("data-not-writable")."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Misconfigured("data-not-writable", str(folder), "data") from error
    return _locked(folder, descriptor)


def _locked(folder: Path, descriptor: int) -> Claim:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise Misconfigured("data-in-use", str(folder), "data") from error
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    except OSError as error:
        os.close(descriptor)
        raise Misconfigured("data-not-writable", str(folder), "data") from error
    return Claim(folder, descriptor)
