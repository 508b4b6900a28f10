"""Finds the machine's libsodium and declares the ristretto255 calls that `group` makes of it."""

import contextlib
import ctypes
import ctypes.util
import importlib
import pathlib
from collections.abc import Callable, Iterator
from typing import Final

from enishi.errors import Misconfigured

SONAMES: Final = ("libsodium.so.23", "libsodium.so.26", "libsodium.dylib")
"""Tried before `find_library`, which starts a process and is slow."""

Call = Callable[..., int]


def _system() -> Iterator[ctypes.PyDLL]:
    for name in SONAMES:
        with contextlib.suppress(OSError):
            yield ctypes.PyDLL(name)
    found = ctypes.util.find_library("sodium")
    if found is not None:
        with contextlib.suppress(OSError):
            yield ctypes.PyDLL(found)


def _bundled() -> Iterator[ctypes.PyDLL]:
    with contextlib.suppress(ImportError, OSError, RuntimeError):
        loaded: ctypes.CDLL = importlib.import_module("rbcl._sodium")._sodium
        library = ctypes.PyDLL(loaded._name, handle=loaded._handle)
        # rbcl writes its library into the temporary folder and leaves it there; once loaded the file is not needed any more.
        pathlib.Path(library._name).unlink(missing_ok=True)
        yield library


def _usable(library: ctypes.PyDLL) -> bool:
    return hasattr(library, "crypto_core_ristretto255_scalar_mul") and library.sodium_init() >= 0


def find() -> ctypes.PyDLL:
    """The system's libsodium (1.0.18 or later), else the one bundled with rbcl; Misconfigured("libsodium-missing") without either."""
    for source in (_system, _bundled):
        for library in source():
            if _usable(library):
                return library
    raise Misconfigured("libsodium-missing", "no libsodium with ristretto255 on this machine")


LIBRARY: Final = find()


def declare(name: str, inputs: int) -> Call:
    """The call `crypto_<name>(out, in…)` over 32- or 64-byte buffers; it keeps Python's lock, whose change of hands costs as much as the call."""
    function = getattr(LIBRARY, f"crypto_{name}")
    function.argtypes = [ctypes.c_char_p] * (inputs + 1)
    function.restype = ctypes.c_int
    call: Call = function
    return call
